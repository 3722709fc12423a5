/** The part of this room that runs in a page too. What a page is to run imports this; all else, `index.ts`. */
export {
  type HostTensor,
  type NamedTensors,
  outputShapesOf,
  type TraceableFunction,
  traceToOnnx,
} from './compile.js'
export type {
  Compiled,
  Engine,
  EngineName,
  HostArrays,
  ShapeSpecialisedFunction,
} from './runtime/engine.js'
export { jit } from './runtime/jit.js'
