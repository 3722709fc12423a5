import { tf } from '../../tfjs.js'
import type { GraphValue, Shape } from '../graph/builder.js'
import { cast } from './elementwise.js'
import { graphValue, kernel, result, sameData } from './index.js'
import { traceBackend } from './trace-backend.js'

const { util } = tf

/** The parts with rows as the graph has them, where all agree on those; undefined where they do not. */
function rowParts(parts: readonly tf.TensorInfo[]): GraphValue[] | undefined {
  const values = parts.map((part) => traceBackend.value(part))
  if (!values.every((value, i) => value.shape.length > 0 && value.shape.at(-1) === parts[i]!.shape.at(-1))) {
    return undefined
  }
  const leading = values
    .map((value) => value.shape.slice(0, -1))
    .reduce((least, other) => (other.length < least.length ? other : least))
  return values.map((value) => traceBackend.graph.reshape(value, [...leading, value.shape.at(-1)!]))
}

function joined(parts: readonly tf.TensorInfo[], axis: number, outer: Shape): tf.TensorInfo {
  const { graph } = traceBackend
  const { dtype } = parts[0]!
  const last = axis === outer.length - 1
  const gathered = last ? graph.gatherCuts(parts.map(graphValue), axis) : undefined
  if (gathered !== undefined) return result(gathered, dtype, outer)
  const rows = last ? rowParts(parts) : undefined
  const values = rows ?? parts.map(graphValue)
  const inner = rows === undefined ? axis : rows[0]!.shape.length - 1
  const length = values.reduce((sum, value) => sum + value.shape[inner]!, 0)
  const shape = values[0]!.shape.map((size, i) => (i === inner ? length : size))
  return result(graph.emit('Concat', values, shape, { attributes: { axis: inner } }), dtype, outer)
}

kernel<{ axis: number }>('Concat', (inputs, { axis }) => {
  const parts = Object.values(inputs)
  const dimension = util.parseAxisParam(axis, parts[0]!.shape)[0]!
  const shape = tf.backend_util.computeOutShape(
    parts.map((part) => part.shape),
    dimension,
  )
  const filled = parts.filter((part) => util.sizeFromShape(part.shape) > 0)
  if (filled.length < 2) return sameData(filled[0] ?? parts[0]!, shape)
  return joined(filled, dimension, shape)
})

kernel<{ axis: number }>('Pack', (inputs, { axis }) => {
  const parts = Object.values(inputs)
  const position = axis < 0 ? parts[0]!.shape.length + 1 + axis : axis
  const single = [...parts[0]!.shape]
  single.splice(position, 0, 1)
  const shape = single.map((length, i) => (i === position ? parts.length : length))
  if (parts.length === 1) return sameData(parts[0]!, shape)
  const { graph } = traceBackend
  const values = parts.map((part) => graph.reshape(traceBackend.value(part), single))
  return result(graph.emit('Concat', values, shape, { attributes: { axis: position } }), parts[0]!.dtype)
})

kernel<{ paddings: [number, number][]; constantValue: number }>(
  'PadV2',
  ({ x }, { paddings, constantValue }) => {
    if (constantValue === 0) return padded(x!, paddings, 'constant', [])
    const value = traceBackend.hostInfo(Float32Array.of(constantValue), [], x!.dtype)
    return padded(x!, paddings, 'constant', [graphValue(value)])
  },
)

kernel<{ paddings: [number, number][]; mode: 'reflect' | 'symmetric' }>(
  'MirrorPad',
  ({ x }, { paddings, mode }) => {
    if (mode === 'symmetric') throw new Error("Kernel 'MirrorPad' not registered for mode symmetric")
    return padded(x!, paddings, 'reflect', [])
  },
)

function padded(
  x: tf.TensorInfo,
  paddings: readonly [number, number][],
  mode: string,
  value: readonly GraphValue[],
): tf.TensorInfo {
  const { graph } = traceBackend
  const shape = x.shape.map((length, i) => length + paddings[i]![0] + paddings[i]![1])
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]
  if (pads.every((length) => length === 0)) return sameData(x)
  const inputs = [graphValue(x), graph.integers(pads), ...value]
  return result(graph.emit('Pad', inputs, shape, { attributes: { mode } }), x.dtype)
}

kernel<{ reps: number[] }>('Tile', ({ x }, { reps }) => {
  if (reps.every((count) => count === 1)) return sameData(x!)
  const { graph } = traceBackend
  const shape = x!.shape.map((length, i) => length * reps[i]!)
  return result(graph.emit('Tile', [graphValue(x!), graph.integers(reps)], shape), x!.dtype)
})

kernel<{ shape: number[] }>('BroadcastTo', ({ x }, { shape }) => {
  const { graph } = traceBackend
  return result(graph.emit('Expand', [graphValue(x!), graph.integers(shape)], shape), x!.dtype)
})

kernel<{ axis: number; batchDims: number }>('GatherV2', ({ x, indices }, { axis, batchDims }) => {
  if (batchDims !== 0) throw new Error("Kernel 'GatherV2' not registered for batchDims other than 0")
  const { graph } = traceBackend
  const dimension = util.parseAxisParam(axis, x!.shape)[0]!
  const shape = [...x!.shape.slice(0, dimension), ...indices!.shape, ...x!.shape.slice(dimension + 1)]
  const inputs = [graphValue(x!), graphValue(cast(indices!, 'int32'))]
  return result(graph.emit('Gather', inputs, shape, { attributes: { axis: dimension } }), x!.dtype)
})

type FillAttributes = { shape: number[]; value: number; dtype?: tf.DataType }

function filled(shape: Shape, value: number, dtype: tf.DataType): tf.TensorInfo {
  const { graph } = traceBackend
  if (!graph.hasVariableLengths || dtype !== 'float32' || shape.length === 0) {
    return traceBackend.hostInfo(new Float32Array(util.sizeFromShape([...shape])).fill(value), shape, dtype)
  }
  return result(graph.emit('Expand', [graph.scalar(value), graph.integers(shape)], shape), dtype)
}

kernel<FillAttributes>('Fill', (_inputs, { shape, value, dtype }) => filled(shape, value, dtype ?? 'float32'))

for (const [name, value] of Object.entries({ ZerosLike: 0, OnesLike: 1 })) {
  kernel(name, ({ x }) => filled(x!.shape, value, x!.dtype))
}

kernel<{ start: number; stop: number; num: number }>('LinSpace', (_inputs, { start, stop, num }) => {
  const step = (stop - start) / Math.max(1, num - 1)
  return traceBackend.hostInfo(
    Float32Array.from({ length: num }, (_, i) => start + i * step),
    [num],
  )
})

kernel<{ start: number; stop: number; step: number; dtype: tf.DataType }>(
  'Range',
  (_inputs, { start, stop, step, dtype }) => {
    const length = Math.max(0, Math.ceil((stop - start) / step))
    return traceBackend.hostInfo(
      Float32Array.from({ length }, (_, i) => start + i * step),
      [length],
      dtype,
    )
  },
)
