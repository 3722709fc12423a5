import * as tf from '@tensorflow/tfjs-core'
import type { GraphValue, Shape } from './graph-builder.js'
import { graphValue, kernel, result, sameData } from './kernels.js'
import { elementType, traceBackend } from './trace-backend.js'

const { util } = tf

kernel('Identity', ({ x }) => sameData(x!))

kernel<{ shape: number[] }>('Reshape', ({ x }, { shape }) =>
  sameData(x!, util.inferFromImplicitShape(shape, util.sizeFromShape(x!.shape))),
)

kernel<{ dim: number }>('ExpandDims', ({ input }, { dim }) => {
  const shape = [...input!.shape]
  shape.splice(dim < 0 ? shape.length + 1 + dim : dim, 0, 1)
  return sameData(input!, shape)
})

kernel<{ perm: number[] }>('Transpose', ({ x }, { perm }) => {
  const shape = perm.map((axis) => x!.shape[axis]!)
  return result(
    traceBackend.graph.emit('Transpose', [graphValue(x!)], shape, {
      attributes: { perm },
      type: elementType(x!.dtype),
    }),
    x!.dtype,
  )
})

function slice(x: GraphValue, begin: readonly number[], size: Shape): GraphValue {
  const { graph } = traceBackend
  const axes = size.map((_, axis) => axis).filter((axis) => begin[axis] !== 0 || size[axis] !== x.shape[axis])
  if (axes.length === 0) return x
  const starts = graph.integers(axes.map((axis) => begin[axis]!))
  const ends = graph.integers(axes.map((axis) => begin[axis]! + size[axis]!))
  return graph.emit('Slice', [x, starts, ends, graph.integers(axes)], size, { type: x.type })
}

kernel<{ begin: number | number[]; size: number | number[] }>('Slice', ({ x }, { begin, size }) => {
  const [starts, sizes] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size)
  return result(slice(graphValue(x!), starts!, sizes!), x!.dtype)
})

kernel<{ axis: number }>('Concat', (inputs, { axis }) => {
  const parts = Object.values(inputs)
  const dimension = util.parseAxisParam(axis, parts[0]!.shape)[0]!
  const shape = tf.backend_util.computeOutShape(
    parts.map((part) => part.shape),
    dimension,
  )
  const filled = parts.filter((part) => util.sizeFromShape(part.shape) > 0)
  if (filled.length === 1) return sameData(filled[0]!)
  const { dtype } = parts[0]!
  return result(
    traceBackend.graph.emit('Concat', filled.map(graphValue), shape, {
      attributes: { axis: dimension },
      type: elementType(dtype),
    }),
    dtype,
  )
})

kernel<{ axis: number }>('Pack', (inputs, { axis }) => {
  const { graph } = traceBackend
  const parts = Object.values(inputs)
  const position = axis < 0 ? parts[0]!.shape.length + 1 + axis : axis
  const single = [...parts[0]!.shape]
  single.splice(position, 0, 1)
  const shape = [...single]
  shape[position] = parts.length
  const rows = parts.map((part) => graph.reshape(graphValue(part), single))
  const { dtype } = parts[0]!
  return result(
    graph.emit('Concat', rows, shape, { attributes: { axis: position }, type: elementType(dtype) }),
    dtype,
  )
})

kernel<{ axis: number }>('Unpack', ({ value }, { axis }) => {
  const { graph } = traceBackend
  const dimension = util.parseAxisParam(axis, value!.shape)[0]!
  const count = value!.shape[dimension]!
  const shape = value!.shape.filter((_, i) => i !== dimension)
  const slices = value!.shape.map((length, i) => (i === dimension ? 1 : length))
  const sizes = graph.integers(Array.from({ length: count }, () => 1))
  const parts = graph.emitAll(
    'Split',
    [graphValue(value!), sizes],
    Array.from({ length: count }, () => slices),
    { attributes: { axis: dimension }, type: elementType(value!.dtype) },
  )
  return parts.map((part) => result(graph.reshape(part, shape), value!.dtype))
})

kernel<{ numOrSizeSplits: number | number[]; axis: number }>('SplitV', ({ x }, { numOrSizeSplits, axis }) => {
  const { graph } = traceBackend
  const dimension = util.parseAxisParam(axis, x!.shape)[0]!
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, dimension)
  const shapes = sizes.map((size) => x!.shape.map((length, i) => (i === dimension ? size : length)))
  if (shapes.length === 1) return [sameData(x!)]
  const parts = graph.emitAll('Split', [graphValue(x!), graph.integers(sizes)], shapes, {
    attributes: { axis: dimension },
  })
  return parts.map((part) => result(part, x!.dtype))
})

kernel<{ paddings: [number, number][]; constantValue: number }>(
  'PadV2',
  ({ x }, { paddings, constantValue }) => {
    const { graph } = traceBackend
    const shape = x!.shape.map((length, i) => length + paddings[i]![0] + paddings[i]![1])
    const pads = graph.integers([
      ...paddings.map(([before]) => before),
      ...paddings.map(([, after]) => after),
    ])
    const inputs = constantValue === 0 ? [] : [graph.scalar(constantValue)]
    return result(
      graph.emit('Pad', [graphValue(x!), pads, ...inputs], shape, { attributes: { mode: 'constant' } }),
    )
  },
)

kernel<{ dims: number | number[] }>('Reverse', ({ x }, { dims }) => {
  const { graph } = traceBackend
  const axes = util.parseAxisParam(dims, x!.shape)
  if (axes.length === 0) return sameData(x!)
  const starts = graph.integers(axes.map(() => -1))
  const ends = graph.integers(axes.map(() => -(2 ** 31)))
  const steps = graph.integers(axes.map(() => -1))
  return result(graph.emit('Slice', [graphValue(x!), starts, ends, graph.integers(axes), steps], x!.shape))
})

kernel<{ reps: number[] }>('Tile', ({ x }, { reps }) => {
  const shape = x!.shape.map((length, i) => length * reps[i]!)
  return result(traceBackend.graph.emit('Tile', [graphValue(x!), traceBackend.graph.integers(reps)], shape))
})

kernel<{ shape: number[] }>('BroadcastTo', ({ x }, { shape }) =>
  result(traceBackend.graph.emit('Expand', [graphValue(x!), traceBackend.graph.integers(shape)], shape)),
)

kernel<{ shape: number[]; value: number; dtype?: tf.DataType }>('Fill', (_inputs, { shape, value, dtype }) =>
  traceBackend.hostInfo(new Float32Array(util.sizeFromShape(shape)).fill(value), shape, dtype ?? 'float32'),
)

kernel('ZerosLike', ({ x }) =>
  traceBackend.hostInfo(new Float32Array(util.sizeFromShape(x!.shape)), x!.shape, x!.dtype),
)

kernel('OnesLike', ({ x }) =>
  traceBackend.hostInfo(new Float32Array(util.sizeFromShape(x!.shape)).fill(1), x!.shape, x!.dtype),
)
