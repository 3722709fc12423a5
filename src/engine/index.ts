export { createEngine, type EngineOptions } from './create-engine.js'
export type {
  Compiled,
  CompileOptions,
  Engine,
  EngineName,
  HostArrays,
  SizedCompiled,
  SizedFunction,
} from './engine.js'
export type { Shape } from './graph-builder.js'
export { jit } from './jit.js'
export { type Device, describePlacement, devices, type Placement } from './onnx-device.js'
export { type Precision, precisions } from './precision.js'
export {
  type HostTensor,
  type NamedTensors,
  outputShapesOf,
  type TraceableFunction,
  type TraceOptions,
  traceToOnnx,
} from './trace.js'
