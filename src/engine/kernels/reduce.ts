import { tf } from '../../tfjs.js'
import type { GraphValue, Shape } from '../graph/builder.js'
import { cast } from './elementwise.js'
import { graphValue, kernel, result, rowsOf, sameData } from './index.js'
import { traceBackend } from './trace-backend.js'

interface ReduceAttributes {
  axis?: number | number[]
  reductionIndices?: number | number[]
  keepDims?: boolean
}

/**
 * The value to reduce and its axes. What is summed as a whole, or down to its last axis, may keep the graph's
 * shape for it; other axes need the tensor's own.
 */
function reducible(x: tf.TensorInfo, axes: readonly number[]): { value: GraphValue; axes: number[] } {
  const rank = x.shape.length
  const lastKept = !axes.includes(rank - 1)
  if (axes.length === rank) {
    const value = traceBackend.value(x)
    return { value, axes: value.shape.map((_, axis) => axis) }
  }
  if (lastKept && axes.length === rank - 1) {
    const value = rowsOf(x)
    return { value, axes: value.shape.slice(0, -1).map((_, axis) => axis) }
  }
  return { value: graphValue(x), axes: [...axes] }
}

function reduction(name: string, record: (x: GraphValue, axes: number[], shape: Shape) => GraphValue) {
  kernel<ReduceAttributes>(name, ({ x }, { axis, reductionIndices, keepDims = false }) => {
    const axes = tf.util.parseAxisParam(axis ?? reductionIndices ?? null!, x!.shape)
    const outer = keepDims
      ? x!.shape.map((length, i) => (axes.includes(i) ? 1 : length))
      : x!.shape.filter((_, i) => !axes.includes(i))
    const { value, axes: inner } = reducible(x!, axes)
    if (inner.length === 0) return sameData(x!, outer)
    const shape = value.shape.filter((_, i) => !inner.includes(i))
    return result(record(value, inner, shape), x!.dtype, outer)
  })
}

// ReduceSum takes its axes as an input, the others as an attribute, up to operator set 17.
reduction('Sum', (x, axes, shape) => {
  const { graph } = traceBackend
  return graph.emit('ReduceSum', [x, graph.integers(axes)], shape, { attributes: { keepdims: 0 } })
})
const byAttribute = { Mean: 'ReduceMean', Max: 'ReduceMax', Min: 'ReduceMin', Prod: 'ReduceProd' }
for (const [name, op] of Object.entries(byAttribute)) {
  reduction(name, (x, axes, shape) =>
    traceBackend.graph.emit(op, [x], shape, { attributes: { axes, keepdims: 0 } }),
  )
}

/** All and Any are the least and the greatest of truth values as integers. */
for (const [name, op] of Object.entries({ All: 'ReduceMin', Any: 'ReduceMax' })) {
  kernel<ReduceAttributes>(name, ({ x }, { axis, keepDims = false }) => {
    const axes = tf.util.parseAxisParam(axis ?? null!, x!.shape)
    const outer = x!.shape.flatMap((length, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [length]))
    const shape = x!.shape.filter((_, i) => !axes.includes(i))
    const numbers = graphValue(cast(x!, 'int32'))
    const extreme = traceBackend.graph.emit(op, [numbers], shape, { attributes: { axes, keepdims: 0 } })
    return cast(result(extreme, 'int32', outer), 'bool')
  })
}

for (const [name, op] of Object.entries({ ArgMax: 'ArgMax', ArgMin: 'ArgMin' })) {
  kernel<{ axis: number }>(name, ({ x }, { axis }) => {
    const dimension = tf.util.parseAxisParam(axis, x!.shape)[0]!
    const shape = x!.shape.filter((_, i) => i !== dimension)
    const attributes = { axis: dimension, keepdims: 0 }
    return result(
      traceBackend.graph.emit(op, [graphValue(x!)], shape, { attributes, type: 'int64' }),
      'int32',
    )
  })
}

kernel<{ axis: number; exclusive: boolean; reverse: boolean }>(
  'Cumsum',
  ({ x }, { axis, exclusive, reverse }) => {
    const { graph } = traceBackend
    const dimension = tf.util.parseAxisParam(axis, x!.shape)[0]!
    const at = graph.constant(BigInt64Array.of(BigInt(dimension)), [])
    const attributes = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 }
    return result(graph.emit('CumSum', [graphValue(x!), at], x!.shape, { attributes }), x!.dtype)
  },
)

/** The gradient of a gather: rows of x are added up at their segment's place. */
kernel<{ numSegments: number }>('UnsortedSegmentSum', ({ x, segmentIds }, { numSegments }) => {
  const { graph } = traceBackend
  const shape = [numSegments, ...x!.shape.slice(segmentIds!.shape.length)]
  const zeros = traceBackend.hostInfo(new Float32Array(tf.util.sizeFromShape(shape)), shape, x!.dtype)
  const places = graph.reshape(graphValue(cast(segmentIds!, 'int32')), [...segmentIds!.shape, 1])
  const inputs = [graphValue(zeros), places, graphValue(x!)]
  return result(graph.emit('ScatterND', inputs, shape, { attributes: { reduction: 'add' } }), x!.dtype)
})
