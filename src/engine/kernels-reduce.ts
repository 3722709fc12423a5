import * as tf from '@tensorflow/tfjs-core'
import type { GraphValue } from './graph-builder.js'
import { graphValue, kernel, result, sameData } from './kernels.js'
import { traceBackend } from './trace-backend.js'

interface ReduceAttributes {
  axis?: number | number[]
  reductionIndices?: number | number[]
  keepDims?: boolean
}

function reduced(x: tf.TensorInfo, axes: readonly number[], keepDims: boolean): number[] {
  return keepDims
    ? x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
    : x.shape.filter((_, axis) => !axes.includes(axis))
}

function reduction(
  name: string,
  record: (x: GraphValue, axes: number[], shape: number[], keep: 0 | 1) => GraphValue,
) {
  kernel<ReduceAttributes>(name, ({ x }, { axis, reductionIndices, keepDims = false }) => {
    const axes = tf.util.parseAxisParam(axis ?? reductionIndices ?? null!, x!.shape)
    if (axes.length === 0) return sameData(x!)
    return result(record(graphValue(x!), axes, reduced(x!, axes, keepDims), keepDims ? 1 : 0), x!.dtype)
  })
}

// ReduceSum takes its axes as an input, the others as an attribute, up to operator set 17.
reduction('Sum', (x, axes, shape, keepdims) =>
  traceBackend.graph.emit('ReduceSum', [x, traceBackend.graph.integers(axes)], shape, {
    attributes: { keepdims },
  }),
)
for (const [name, op] of Object.entries({
  Mean: 'ReduceMean',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
})) {
  reduction(name, (x, axes, shape, keepdims) =>
    traceBackend.graph.emit(op, [x], shape, { attributes: { axes, keepdims } }),
  )
}

kernel<{ dim: number }>('Softmax', ({ logits }, { dim }) =>
  result(
    traceBackend.graph.emit('Softmax', [graphValue(logits!)], logits!.shape, { attributes: { axis: dim } }),
  ),
)

kernel<{ axis: number; exclusive: boolean; reverse: boolean }>(
  'Cumsum',
  ({ x }, { axis, exclusive, reverse }) => {
    const { graph } = traceBackend
    const dimension = tf.util.parseAxisParam(axis, x!.shape)[0]!
    const at = graph.constant(BigInt64Array.of(BigInt(dimension)), [])
    return result(
      graph.emit('CumSum', [graphValue(x!), at], x!.shape, {
        attributes: { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 },
      }),
    )
  },
)
