export {
  type HostTensor,
  type NamedTensors,
  outputShapesOf,
  type TraceableFunction,
  traceToOnnx,
} from './compile.js'
export { type Precision, precisions } from './passes/precision.js'
export { createEngine } from './runtime/create-engine.js'
export type {
  Compiled,
  Engine,
  EngineName,
  HostArrays,
  ShapeSpecialisedFunction,
} from './runtime/engine.js'
export { jit } from './runtime/jit.js'
export { describePlacement, type Placement } from './runtime/onnx-device.js'
