import * as tf from '@tensorflow/tfjs-core'
import type { GraphValue } from './graph-builder.js'
import { graphValue, kernel, result, sameData } from './kernels.js'
import { elementType, traceBackend } from './trace-backend.js'

function broadcast(a: tf.TensorInfo, b: tf.TensorInfo): number[] {
  return tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape)
}

const binary = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
}
for (const [name, op] of Object.entries(binary)) {
  kernel(name, ({ a, b }) =>
    result(traceBackend.graph.emit(op, [graphValue(a!), graphValue(b!)], broadcast(a!, b!)), a!.dtype),
  )
}

kernel('SquaredDifference', ({ a, b }) => {
  const { graph } = traceBackend
  const difference = graph.emit('Sub', [graphValue(a!), graphValue(b!)], broadcast(a!, b!))
  return result(graph.emit('Mul', [difference, difference], difference.shape))
})

const unary = {
  Exp: 'Exp',
  Log: 'Log',
  Tanh: 'Tanh',
  Sigmoid: 'Sigmoid',
  Neg: 'Neg',
  Sqrt: 'Sqrt',
  Abs: 'Abs',
  Relu: 'Relu',
  Softplus: 'Softplus',
  Erf: 'Erf',
  Sin: 'Sin',
  Cos: 'Cos',
  Floor: 'Floor',
  Ceil: 'Ceil',
  Round: 'Round',
  Sign: 'Sign',
  Reciprocal: 'Reciprocal',
}
for (const [name, op] of Object.entries(unary)) {
  kernel(name, ({ x }) => result(traceBackend.graph.emit(op, [graphValue(x!)], x!.shape), x!.dtype))
}

/** Kernels that ONNX composes from others. */
const composed: Record<string, (x: GraphValue) => GraphValue> = {
  Square: (x) => traceBackend.graph.emit('Mul', [x, x], x.shape),
  Rsqrt: (x) => {
    const root = traceBackend.graph.emit('Sqrt', [x], x.shape)
    return traceBackend.graph.emit('Reciprocal', [root], x.shape)
  },
  Expm1: (x) => {
    const power = traceBackend.graph.emit('Exp', [x], x.shape)
    return traceBackend.graph.emit('Sub', [power, traceBackend.graph.scalar(1)], x.shape)
  },
  Log1p: (x) => {
    const sum = traceBackend.graph.emit('Add', [x, traceBackend.graph.scalar(1)], x.shape)
    return traceBackend.graph.emit('Log', [sum], x.shape)
  },
}
for (const [name, compose] of Object.entries(composed)) {
  kernel(name, ({ x }) => result(compose(graphValue(x!))))
}

kernel<{ alpha: number }>('Step', ({ x }, { alpha }) => {
  const { graph } = traceBackend
  const positive = graph.emit('Greater', [graphValue(x!), graph.scalar(0)], x!.shape, { type: 'bool' })
  return result(graph.emit('Where', [positive, graph.scalar(1), graph.scalar(alpha)], x!.shape))
})

kernel<{ alpha: number }>('LeakyRelu', ({ x }, { alpha }) =>
  result(
    traceBackend.graph.emit('LeakyRelu', [graphValue(x!)], x!.shape, {
      attributes: { alpha: { float: alpha } },
    }),
  ),
)

kernel<{ clipValueMin: number; clipValueMax: number }>(
  'ClipByValue',
  ({ x }, { clipValueMin, clipValueMax }) => {
    const { graph } = traceBackend
    return result(
      graph.emit('Clip', [graphValue(x!), graph.scalar(clipValueMin), graph.scalar(clipValueMax)], x!.shape),
    )
  },
)

const comparisons = {
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Equal: 'Equal',
}
for (const [name, op] of Object.entries(comparisons)) {
  kernel(name, ({ a, b }) =>
    result(
      traceBackend.graph.emit(op, [graphValue(a!), graphValue(b!)], broadcast(a!, b!), { type: 'bool' }),
      'bool',
    ),
  )
}

kernel('NotEqual', ({ a, b }) => {
  const { graph } = traceBackend
  const equal = graph.emit('Equal', [graphValue(a!), graphValue(b!)], broadcast(a!, b!), { type: 'bool' })
  return result(graph.emit('Not', [equal], equal.shape, { type: 'bool' }), 'bool')
})

kernel('LogicalAnd', ({ a, b }) =>
  result(
    traceBackend.graph.emit('And', [graphValue(a!), graphValue(b!)], broadcast(a!, b!), { type: 'bool' }),
    'bool',
  ),
)

kernel('LogicalNot', ({ x }) =>
  result(traceBackend.graph.emit('Not', [graphValue(x!)], x!.shape, { type: 'bool' }), 'bool'),
)

kernel('Select', ({ condition, t, e }) => {
  const { graph } = traceBackend
  return result(
    graph.emit('Where', [graphValue(condition!), graphValue(t!), graphValue(e!)], t!.shape, {
      type: elementType(t!.dtype),
    }),
    t!.dtype,
  )
})

kernel('AddN', (inputs) => {
  const terms = Object.values(inputs)
  return result(traceBackend.graph.emit('Sum', terms.map(graphValue), terms[0]!.shape))
})

/** TensorProto.DataType numbers of the ONNX specification. */
const castTargets = { float32: 1, int64: 7, bool: 9 }

kernel<{ dtype: tf.DataType }>('Cast', ({ x }, { dtype }) => {
  if (x!.dtype === dtype) return sameData(x!)
  const type = elementType(dtype)
  return result(
    traceBackend.graph.emit('Cast', [graphValue(x!)], x!.shape, {
      attributes: { to: castTargets[type] },
      type,
    }),
    dtype,
  )
})
