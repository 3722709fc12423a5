import type { Failure } from '../../threads/failure.js'
import type { DensityJob, DensityTaskResult } from './contract.js'

/** To a thread: a job. From it: that it is ready, how far it is, results, or why it cannot go on. */
export interface ToDensityWorker {
  readonly job: DensityJob
  readonly index: number
}
export type FromDensityWorker =
  | {
      readonly type: 'ready'
      readonly engine: string
      /** Of the model that it loaded. */
      readonly hash: string
    }
  | { readonly type: 'progress'; readonly index: number; readonly share: number }
  | { readonly type: 'result'; readonly index: number; readonly result: DensityTaskResult }
  | { readonly type: 'failed'; readonly failure: Failure }
