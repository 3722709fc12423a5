import { tf } from '../../tfjs.js'
import type { GraphValue, Shape } from '../graph/builder.js'
import { graphValue, kernel, result, rowsOf, sameData } from './index.js'
import { traceBackend } from './trace-backend.js'

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
  const moved = perm.filter((axis) => x!.shape[axis] !== 1)
  // Axes of length 1 may move without any element moving.
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return sameData(x!, shape)
  return result(
    traceBackend.graph.emit('Transpose', [graphValue(x!)], shape, { attributes: { perm } }),
    x!.dtype,
  )
})

kernel<{ begin: number | number[]; size: number | number[] }>('Slice', ({ x }, { begin, size }) => {
  const [starts, sizes] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size)
  const leading = x!.shape.slice(0, -1)
  if (!leading.every((length, axis) => sizes![axis] === length)) {
    return result(traceBackend.graph.slice(graphValue(x!), starts!, sizes!), x!.dtype)
  }
  const value = x!.shape.length === 0 ? graphValue(x!) : rowsOf(x!)
  const atLast = (last: number, others: Shape) => [...others, last].slice(-value.shape.length)
  const columns = atLast(sizes!.at(-1)!, value.shape.slice(0, -1))
  const offset = atLast(
    starts!.at(-1)!,
    value.shape.slice(0, -1).map(() => 0),
  )
  return result(traceBackend.graph.slice(value, offset, columns), x!.dtype, sizes!)
})

interface StridedSliceAttributes {
  begin: number[]
  end: number[]
  strides: number[]
  beginMask: number
  endMask: number
  ellipsisMask: number
  newAxisMask: number
  shrinkAxisMask: number
}

kernel<StridedSliceAttributes>('StridedSlice', ({ x }, attributes) => {
  const { begin, end, strides, finalShapeSparse, finalShape } = tf.slice_util.sliceInfo(
    x!.shape,
    attributes.begin,
    attributes.end,
    attributes.strides,
    attributes.beginMask,
    attributes.endMask,
    attributes.ellipsisMask,
    attributes.newAxisMask,
    attributes.shrinkAxisMask,
  )
  if (util.sizeFromShape(finalShape) === 0) {
    return traceBackend.hostInfo(new Float32Array(0), finalShape, x!.dtype)
  }
  const cut = stridedSlice(graphValue(x!), begin, end, strides, finalShapeSparse)
  return result(cut, x!.dtype, finalShape)
})

/** ONNX counts an end below 0 from the back; TF.js means "before the first element" by -1. */
const beforeFirst = -(2 ** 31)

function stridedSlice(
  x: GraphValue,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
  shape: Shape,
): GraphValue {
  const { graph } = traceBackend
  const ends = end.map((position, axis) => (strides[axis]! < 0 && position < 0 ? beforeFirst : position))
  const axes = x.shape.map((_, axis) => axis)
  const inputs = [begin, ends, axes, strides].map((values) => graph.integers(values))
  return graph.emit('Slice', [x, ...inputs], shape)
}

kernel<{ dims: number | number[] }>('Reverse', ({ x }, { dims }) => {
  const axes = util.parseAxisParam(dims, x!.shape)
  if (axes.length === 0) return sameData(x!)
  const value = graphValue(x!)
  const at = (turned: (length: number) => number, kept: (length: number) => number) =>
    value.shape.map((length, axis) => (axes.includes(axis) ? turned(length) : kept(length)))
  const begin = at(
    (length) => length - 1,
    () => 0,
  )
  const end = at(
    () => -1,
    (length) => length,
  )
  const strides = at(
    () => -1,
    () => 1,
  )
  return result(stridedSlice(value, begin, end, strides, value.shape), x!.dtype)
})

kernel<{ numOrSizeSplits: number | number[]; axis: number }>('SplitV', ({ x }, { numOrSizeSplits, axis }) => {
  const dimension = util.parseAxisParam(axis, x!.shape)[0]!
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, dimension)
  if (sizes.length === 1) return [sameData(x!)]
  const value = dimension === x!.shape.length - 1 ? rowsOf(x!) : graphValue(x!)
  const parts = split(value, sizes, value.shape.length - x!.shape.length + dimension)
  return parts.map((part, i) =>
    result(
      part,
      x!.dtype,
      x!.shape.map((length, axis) => (axis === dimension ? sizes[i]! : length)),
    ),
  )
})

function split(value: GraphValue, sizes: readonly number[], axis: number): GraphValue[] {
  const { graph } = traceBackend
  const shapes = sizes.map((size) => value.shape.map((length, i) => (i === axis ? size : length)))
  return graph.emitAll('Split', [value, graph.integers(sizes)], shapes, { attributes: { axis } })
}

kernel<{ axis: number }>('Unpack', ({ value: x }, { axis }) => {
  const dimension = util.parseAxisParam(axis, x!.shape)[0]!
  const outer = x!.shape.filter((_, i) => i !== dimension)
  const ones = Array.from({ length: x!.shape[dimension]! }, () => 1)
  if (ones.length === 1) return [sameData(x!, outer)]
  return split(graphValue(x!), ones, dimension).map((part) => result(part, x!.dtype, outer))
})
