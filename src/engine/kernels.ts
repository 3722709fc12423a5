import type * as tf from '@tensorflow/tfjs-core'
import { registerKernel } from '@tensorflow/tfjs-core'
import type { GraphValue, Shape } from './graph-builder.js'
import { traceBackend, traceBackendName } from './trace-backend.js'

type Inputs = Record<string, tf.TensorInfo>
type Attributes = Record<string, never>

/** Registers a kernel of the recording backend. */
export function kernel<A = Attributes>(
  name: string,
  record: (inputs: Inputs, attributes: A) => tf.TensorInfo | tf.TensorInfo[],
): void {
  registerKernel({
    kernelName: name,
    backendName: traceBackendName,
    kernelFunc: ({ inputs, attrs }) => record(inputs as unknown as Inputs, attrs as unknown as A),
  })
}

export function graphValue(info: tf.TensorInfo): GraphValue {
  return traceBackend.value(info)
}

export function result(value: GraphValue, dtype: tf.DataType = 'float32'): tf.TensorInfo {
  return traceBackend.tensorInfo(value, dtype)
}

/** The same values in another shape. A tensor of another backend is copied: its data stay there. */
export function sameData(info: tf.TensorInfo, shape: Shape = info.shape): tf.TensorInfo {
  if (!traceBackend.owns(info)) return traceBackend.copyOf(info, shape)
  traceBackend.incRef(info.dataId)
  return { dataId: info.dataId, shape: [...shape], dtype: info.dtype }
}
