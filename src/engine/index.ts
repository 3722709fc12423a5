export { createEngine } from './create-engine.js'
export type {
  Compiled,
  Engine,
  EngineName,
  HostArrays,
  SizedFunction,
} from './engine.js'

export { jit } from './jit.js'
export { type Device, describePlacement, devices, type Placement } from './onnx-device.js'
export { type Precision, precisions } from './precision.js'
export {
  type HostTensor,
  type NamedTensors,
  outputShapesOf,
  type TraceableFunction,
  traceToOnnx,
} from './trace.js'
