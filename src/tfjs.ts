import { createRequire } from 'node:module'
import type * as core from '@tensorflow/tfjs-core'

/**
 * TensorFlow.js. It is CommonJS, and an `import` makes Node scan all of it for the names of its exports: that takes a
 * quarter of a second of each process and each thread that starts.
 */
export const tf: typeof core = createRequire(import.meta.url)('@tensorflow/tfjs-core')

export declare namespace tf {
  export type BackendValues = core.BackendValues
  export type DataType = core.DataType
  export type KernelBackend = core.KernelBackend
  export type Scalar = core.Scalar
  export type Tensor<R extends core.Rank = core.Rank> = core.Tensor<R>
  export type Tensor1D = core.Tensor1D
  export type Tensor2D = core.Tensor2D
  export type Tensor3D = core.Tensor3D
  export type TensorInfo = core.TensorInfo
}
