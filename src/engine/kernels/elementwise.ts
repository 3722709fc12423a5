import { tf } from '../../tfjs.js'
import { elementwise, graphValue, kernel, map, result, rowsOf, sameData } from './index.js'
import { elementType, traceBackend } from './trace-backend.js'

const binary = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
  Prelu: 'PRelu',
}
for (const [name, op] of Object.entries(binary)) {
  kernel(name, ({ a, b, x, alpha }) => map(op, [(a ?? x)!, (b ?? alpha)!], (a ?? x)!.dtype))
}

kernel('AddN', (inputs) => {
  const terms = Object.values(inputs)
  return map('Sum', terms, terms[0]!.dtype)
})

kernel('SquaredDifference', ({ a, b }) =>
  elementwise([a!, b!], a!.dtype, ([x, y], emit) => {
    const difference = emit('Sub', x!, y!)
    return emit('Mul', difference, difference)
  }),
)

kernel('FloorDiv', ({ a, b }) => {
  // ONNX divides integers towards zero.
  const floats = [a!, b!].map((info) => cast(info, 'float32'))
  const quotient = elementwise(floats, 'float32', ([x, y], emit) => emit('Floor', emit('Div', x!, y!)))
  return cast(quotient, a!.dtype)
})

kernel('Mod', ({ a, b }) => {
  const floats = [a!, b!].map((info) => cast(info, 'float32'))
  const rest = elementwise(floats, 'float32', ([x, y], emit) =>
    emit('Sub', x!, emit('Mul', y!, emit('Floor', emit('Div', x!, y!)))),
  )
  return cast(rest, a!.dtype)
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
  Elu: 'Elu',
  Softplus: 'Softplus',
  Erf: 'Erf',
  Sin: 'Sin',
  Cos: 'Cos',
  Tan: 'Tan',
  Asin: 'Asin',
  Acos: 'Acos',
  Atan: 'Atan',
  Sinh: 'Sinh',
  Cosh: 'Cosh',
  Asinh: 'Asinh',
  Acosh: 'Acosh',
  Atanh: 'Atanh',
  Floor: 'Floor',
  Ceil: 'Ceil',
  Round: 'Round',
  Sign: 'Sign',
  Reciprocal: 'Reciprocal',
}
for (const [name, op] of Object.entries(unary)) {
  kernel(name, ({ x }) => map(op, [x!], x!.dtype))
}

kernel('Square', ({ x }) => elementwise([x!], x!.dtype, ([v], emit) => emit('Mul', v!, v!)))

kernel('Rsqrt', ({ x }) => elementwise([x!], 'float32', ([v], emit) => emit('Reciprocal', emit('Sqrt', v!))))

kernel('Expm1', ({ x }) =>
  elementwise([x!], 'float32', ([v], emit) => {
    // e^x − 1 = 2 t / (1 − t) with t = tanh(x / 2), which keeps its digits near 0 and overflows far from it.
    const { graph } = traceBackend
    const t = emit('Tanh', emit('Mul', v!, graph.scalar(0.5)))
    const near = emit('Div', emit('Add', t, t), emit('Sub', graph.scalar(1), t))
    const far = emit('Sub', emit('Exp', v!), graph.scalar(1))
    const small = graph.emit('Less', [emit('Abs', v!), graph.scalar(1)], v!.shape, { type: 'bool' })
    return graph.emit('Where', [small, near, far], v!.shape, { type: 'float32' })
  }),
)

kernel('Log1p', ({ x }) =>
  elementwise([x!], 'float32', ([v], emit) => {
    // log(u) · x / (u − 1) with u = 1 + x: the rounding of u cancels (Kahan). Where u = 1 the result is x.
    const { graph } = traceBackend
    const u = emit('Add', v!, graph.scalar(1))
    const rounded = emit('Sub', u, graph.scalar(1))
    const unit = graph.emit('Equal', [rounded, graph.scalar(0)], v!.shape, { type: 'bool' })
    const corrected = emit('Mul', emit('Log', u), emit('Div', v!, rounded))
    return graph.emit('Where', [unit, v!, corrected], v!.shape, { type: 'float32' })
  }),
)

kernel('EluGrad', ({ dy, y }) =>
  elementwise([dy!, y!], 'float32', ([slope, value], emit) => {
    const { graph } = traceBackend
    // Below 0 the derivative e^x is the value plus 1; above, the value is positive and the minimum is 0.
    return emit('Mul', slope!, emit('Add', emit('Min', value!, graph.scalar(0)), graph.scalar(1)))
  }),
)

kernel<{ alpha: number }>('Step', ({ x }, { alpha }) =>
  elementwise([x!], 'float32', ([v]) => {
    const { graph } = traceBackend
    const positive = graph.emit('Greater', [v!, graph.scalar(0)], v!.shape, { type: 'bool' })
    return graph.emit('Where', [positive, graph.scalar(1), graph.scalar(alpha)], v!.shape, {
      type: 'float32',
    })
  }),
)

kernel<{ alpha: number }>('LeakyRelu', ({ x }, { alpha }) =>
  map('LeakyRelu', [x!], x!.dtype, { attributes: { alpha: { float: alpha } } }),
)

kernel<{ clipValueMin: number; clipValueMax: number }>(
  'ClipByValue',
  ({ x }, { clipValueMin, clipValueMax }) =>
    elementwise([x!], 'float32', ([v], emit) => {
      const { graph } = traceBackend
      return emit('Clip', v!, graph.scalar(clipValueMin), graph.scalar(clipValueMax))
    }),
)

kernel('Relu6', ({ x }) =>
  elementwise([x!], 'float32', ([v], emit) => {
    const { graph } = traceBackend
    return emit('Clip', v!, graph.scalar(0), graph.scalar(6))
  }),
)

const comparisons = {
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Equal: 'Equal',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
}
for (const [name, op] of Object.entries(comparisons)) {
  kernel(name, ({ a, b }) => map(op, [a!, b!], 'bool'))
}

kernel('NotEqual', ({ a, b }) => map('Not', [map('Equal', [a!, b!], 'bool')], 'bool'))

kernel('LogicalNot', ({ x }) => map('Not', [x!], 'bool'))

kernel('IsNan', ({ x }) => map('IsNaN', [x!], 'bool'))

kernel('IsInf', ({ x }) => map('IsInf', [x!], 'bool'))

kernel('IsFinite', ({ x }) => {
  const wrong = map('Or', [map('IsNaN', [x!], 'bool'), map('IsInf', [x!], 'bool')], 'bool')
  return map('Not', [wrong], 'bool')
})

kernel('Select', ({ condition, t, e }) => map('Where', [condition!, t!, e!], t!.dtype))

/** TensorProto.DataType numbers of the ONNX specification. */
const castTargets = { float32: 1, int64: 7, bool: 9 }

export function cast(info: tf.TensorInfo, dtype: tf.DataType): tf.TensorInfo {
  if (info.dtype === dtype) return sameData(info)
  return map('Cast', [info], dtype, { attributes: { to: castTargets[elementType(dtype)] } })
}

kernel<{ dtype: tf.DataType }>('Cast', ({ x }, { dtype }) => cast(x!, dtype))

kernel<{ dim: number }>('Softmax', ({ logits }, { dim }) => softmax('Softmax', logits!, dim))

kernel<{ axis: number }>('LogSoftmax', ({ logits }, { axis }) => softmax('LogSoftmax', logits!, axis))

function softmax(op: string, logits: tf.TensorInfo, dimension: number): tf.TensorInfo {
  const last = tf.util.parseAxisParam(dimension, logits.shape)[0] === logits.shape.length - 1
  const value = last ? rowsOf(logits) : graphValue(logits)
  const axis = last ? value.shape.length - 1 : dimension
  return result(
    traceBackend.graph.emit(op, [value], value.shape, { attributes: { axis } }),
    'float32',
    logits.shape,
  )
}
