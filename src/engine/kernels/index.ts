import { tf } from '../../tfjs.js'
import type { EmitOptions, GraphValue, Shape } from '../graph/builder.js'
import { elementType, traceBackend, traceBackendName } from './trace-backend.js'

type Inputs = Record<string, tf.TensorInfo>
type Attributes = Record<string, never>

/** Registers a kernel of the recording backend. */
export function kernel<A = Attributes>(
  name: string,
  record: (inputs: Inputs, attributes: A) => tf.TensorInfo | tf.TensorInfo[],
): void {
  tf.registerKernel({
    kernelName: name,
    backendName: traceBackendName,
    kernelFunc: ({ inputs, attrs }) => record(inputs as unknown as Inputs, attrs as unknown as A),
  })
}

/** The value in the tensor's shape. */
export function graphValue(info: tf.TensorInfo): GraphValue {
  return traceBackend.graph.reshape(traceBackend.value(info), info.shape)
}

/** @param shape the tensor's, where the graph's value has the same elements in another one */
export function result(value: GraphValue, dtype: tf.DataType, shape: Shape = value.shape): tf.TensorInfo {
  return traceBackend.tensorInfo(value, dtype, shape)
}

/** The same values in another shape. A tensor of another backend is copied: its data stay there. */
export function sameData(info: tf.TensorInfo, shape: Shape = info.shape): tf.TensorInfo {
  if (!traceBackend.owns(info)) return traceBackend.copyOf(info, shape)
  traceBackend.incRef(info.dataId)
  return { dataId: info.dataId, shape: [...shape], dtype: info.dtype }
}

const sizeOf = tf.util.sizeFromShape

/**
 * What an operation along the last axis needs: the value as the graph has it if its rows are the tensor's,
 * so that a matrix product's [batch * time, channels] need not be reshaped back and forth.
 */
export function rowsOf(info: tf.TensorInfo): GraphValue {
  const value = traceBackend.value(info)
  return info.shape.length > 0 && value.shape.at(-1) === info.shape.at(-1) ? value : graphValue(info)
}

/**
 * Operands of an elementwise operation in shapes that broadcast to one another, with as few reshapes as
 * the graph's shapes allow. `outer` is what TF.js takes for the shape of the result.
 */
function aligned(infos: readonly tf.TensorInfo[]): { values: GraphValue[]; shape: Shape; outer: number[] } {
  const { graph } = traceBackend
  const outer = infos
    .map((info) => info.shape)
    .reduce((a, b) => tf.backend_util.assertAndGetBroadcastShape(a, b))
  const size = sizeOf(outer)
  const columns = outer.at(-1) ?? 1
  const isFull = (info: tf.TensorInfo) => sizeOf(info.shape) === size
  const isRow = (info: tf.TensorInfo) =>
    sizeOf(info.shape) === columns && (info.shape.at(-1) ?? 1) === columns
  const isScalar = (info: tf.TensorInfo) => sizeOf(info.shape) === 1
  const shape = infos
    .filter(isFull)
    .map((info) => traceBackend.value(info).shape)
    .reduce<Shape>((least, other) => (other.length < least.length ? other : least), outer)
  const simple =
    infos.every((info) => isFull(info) || isScalar(info) || isRow(info)) &&
    (shape.at(-1) === outer.at(-1) || infos.every((info) => isFull(info) || isScalar(info)))
  if (!simple) return { values: infos.map(graphValue), shape: outer, outer }
  const values = infos.map((info) => {
    const value = traceBackend.value(info)
    if (isFull(info)) return graph.reshape(value, shape)
    return graph.reshape(value, isScalar(info) ? [] : [columns])
  })
  return { values, shape, outer }
}

/** Records an operation on each element of tensors that broadcast to one another. */
export function elementwise(
  infos: readonly tf.TensorInfo[],
  dtype: tf.DataType,
  record: (
    values: readonly GraphValue[],
    emit: (op: string, ...inputs: GraphValue[]) => GraphValue,
  ) => GraphValue,
): tf.TensorInfo {
  const { values, shape, outer } = aligned(infos)
  const emit = (op: string, ...inputs: GraphValue[]) => traceBackend.graph.emit(op, inputs, shape)
  return result(record(values, emit), dtype, outer)
}

/** One ONNX operator on each element. */
export function map(
  op: string,
  infos: readonly tf.TensorInfo[],
  dtype: tf.DataType,
  options: EmitOptions = {},
): tf.TensorInfo {
  const { values, shape, outer } = aligned(infos)
  const value = traceBackend.graph.emit(op, values, shape, { type: elementType(dtype), ...options })
  return result(value, dtype, outer)
}
