import { type ErrorCode, GlowcastError } from '../errors.js'
import type { DensityJob, DensityTaskResult } from './density-task.js'

/** To a thread: a job. From it: that it is ready, how far it is, results, or why it cannot go on. */
export interface ToDensityWorker {
  readonly job: DensityJob
  readonly index: number
}
export type FromDensityWorker =
  | { readonly type: 'ready'; readonly engine: string }
  | { readonly type: 'progress'; readonly index: number; readonly share: number }
  | { readonly type: 'result'; readonly index: number; readonly result: DensityTaskResult }
  | { readonly type: 'failed'; readonly failure: Failure }

/** An error as plain data: threads copy no classes. */
export interface Failure {
  readonly message: string
  readonly stack?: string
  readonly glowcast?: readonly [code: ErrorCode, field: string, got: string, expected: string]
}

export function failureOf(error: unknown): Failure {
  if (error instanceof GlowcastError) {
    const { message, code, field, got, expected } = error
    return { message, glowcast: [code, field, got, expected] }
  }
  return error instanceof Error
    ? { message: error.message, stack: error.stack ?? '' }
    : { message: String(error) }
}

export function errorOf({ message, stack, glowcast }: Failure): Error {
  if (glowcast !== undefined) return new GlowcastError(...glowcast)
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
