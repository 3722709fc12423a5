import type { ErrorCode } from '../src/errors.js'

/** What is asked of a thread, and what it answers. */
export interface JobRequest<Job> {
  readonly id: number
  readonly job: Job
}

export type JobAnswer<Result> =
  | { readonly id: number; readonly result: Result }
  | {
      readonly id: number
      readonly error: { code: ErrorCode; field: string; got: string; expected: string }
    }
