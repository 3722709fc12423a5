export { type Precision, precisions } from './passes/precision.js'
export * from './portable.js'
export { createEngine } from './runtime/create-engine.js'
export { describePlacement, type Placement } from './runtime/onnx-device.js'
