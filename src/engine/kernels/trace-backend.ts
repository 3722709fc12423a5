import { invalidArgument } from '../../errors.js'
import { tf } from '../../tfjs.js'
import { GraphBuilder, type GraphValue, type Shape } from '../graph/builder.js'
import type { ElementType } from '../graph/onnx-writer.js'

export const traceBackendName = 'glowcast-trace'

interface Entry {
  value?: GraphValue
  /** Which recording the value belongs to; a constant is written again into the next one. */
  owner?: GraphBuilder
  host?: tf.BackendValues
  dtype: tf.DataType
  references: number
}

type DataId = object

/** A TF.js backend whose kernels record ONNX nodes instead of computing. */
class TraceBackend extends tf.KernelBackend {
  private readonly entries = new WeakMap<DataId, Entry>()
  /** Constants made of other backends' tensors. */
  private readonly foreign = new WeakMap<DataId, { graph: GraphBuilder; value: GraphValue }>()
  private live = 0
  graph = new GraphBuilder()

  override numDataIds(): number {
    return this.live
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override timerAvailable(): boolean {
    return false
  }

  /** Called when TF.js lets go of the backend; tensors of a recording may outlive it. */
  override dispose(): void {}

  override memory(): { unreliable: boolean } {
    return { unreliable: true }
  }

  override write(values: tf.BackendValues, _shape: number[], dtype: tf.DataType): DataId {
    const dataId = {}
    this.live += 1
    this.entries.set(dataId, { host: values, dtype, references: 1 })
    return dataId
  }

  override move(
    dataId: DataId,
    values: tf.BackendValues,
    _shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    this.live += 1
    this.entries.set(dataId, { host: values, dtype, references })
  }

  override incRef(dataId: DataId): void {
    this.entry(dataId).references += 1
  }

  decRef(dataId: DataId): void {
    this.entry(dataId).references -= 1
  }

  override refCount(dataId: DataId): number {
    return this.entries.get(dataId)?.references ?? 0
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const entry = this.entries.get(dataId)
    if (entry === undefined) return true
    entry.references -= 1
    if (!force && entry.references > 0) return false
    this.entries.delete(dataId)
    this.live -= 1
    return true
  }

  override readSync(dataId: DataId): tf.BackendValues {
    const { host } = this.entry(dataId)
    if (host === undefined) {
      throw invalidArgument(
        'a traced function',
        'a read of a tensor that is being recorded',
        'only TF.js operations: values exist when the compiled function runs',
      )
    }
    return host
  }

  override read(dataId: DataId): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId))
  }

  /** A tensor that stands for a graph value; its shape may order the same elements in other axes. */
  tensorInfo(value: GraphValue, dtype: tf.DataType = 'float32', shape: Shape = value.shape): tf.TensorInfo {
    const dataId = {}
    this.live += 1
    this.entries.set(dataId, { value, owner: this.graph, dtype, references: 1 })
    return { dataId, shape: [...shape], dtype }
  }

  hostInfo(values: Float32Array, shape: Shape, dtype: tf.DataType = 'float32'): tf.TensorInfo {
    return { dataId: this.write(values, [...shape], dtype), shape: [...shape], dtype }
  }

  owns(info: tf.TensorInfo): boolean {
    return this.entries.has(info.dataId)
  }

  /** Reads a tensor of another backend, which TF.js itself would move here and so take away there. */
  copyOf(info: tf.TensorInfo, shape: Shape): tf.TensorInfo {
    const values = tf.engine().readSync(info.dataId)
    return { dataId: this.write(values, [...shape], info.dtype), shape: [...shape], dtype: info.dtype }
  }

  /** The graph value of a kernel's input, in the graph's shape for it; host values become constants. */
  value(info: tf.TensorInfo): GraphValue {
    if (!this.owns(info)) return this.foreignConstant(info)
    const entry = this.entry(info.dataId)
    if (entry.value === undefined || entry.owner !== this.graph) {
      if (entry.host === undefined) {
        throw invalidArgument('a traced function', 'a tensor of another trace', 'its own')
      }
      entry.value = this.graph.constant(constantData(entry.host, entry.dtype), info.shape)
      entry.owner = this.graph
    }
    return entry.value
  }

  private foreignConstant(info: tf.TensorInfo): GraphValue {
    const known = this.foreign.get(info.dataId)
    if (known?.graph === this.graph) return known.value
    const values = tf.engine().readSync(info.dataId)
    const value = this.graph.constant(constantData(values, info.dtype), info.shape)
    this.foreign.set(info.dataId, { graph: this.graph, value })
    return value
  }

  private entry(dataId: DataId): Entry {
    const entry = this.entries.get(dataId)
    if (entry === undefined) throw new Error('glowcast-trace: unknown tensor')
    return entry
  }
}

export function elementType(dtype: tf.DataType): ElementType {
  if (dtype === 'bool') return 'bool'
  return dtype === 'int32' ? 'int64' : 'float32'
}

function constantData(
  values: tf.BackendValues,
  dtype: tf.DataType,
): Float32Array | BigInt64Array | Uint8Array {
  const numbers = values as ArrayLike<number>
  if (numbers instanceof Float32Array && dtype === 'float32') return numbers
  if (dtype === 'bool') return Uint8Array.from(numbers)
  if (dtype === 'int32') return BigInt64Array.from(Array.from(numbers, BigInt))
  return Float32Array.from(numbers)
}

export const traceBackend = new TraceBackend()

/**
 * Runs work with the recording backend in use and puts back the one before. Outside of this call TF.js does
 * not know the backend, so that it cannot be chosen by default either.
 */
export function withTraceBackend(graph: GraphBuilder, work: () => void): void {
  const previous = tf.engine().backendName
  if (previous === traceBackendName) {
    throw invalidArgument('a traced function', 'a recording inside it', 'one at a time')
  }
  tf.registerBackend(traceBackendName, () => traceBackend)
  void tf.setBackend(traceBackendName)
  traceBackend.graph = graph
  try {
    work()
  } finally {
    traceBackend.graph = new GraphBuilder()
    if (previous !== undefined && previous !== null) void tf.setBackend(previous)
    tf.removeBackend(traceBackendName)
  }
}
