import type { Failure } from '../../src/threads/failure.js'

/** What is asked of a thread, and what it answers. */
export interface JobRequest<Job> {
  readonly id: number
  readonly job: Job
}

export type JobAnswer<Result> =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly id: number; readonly result: Result }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
