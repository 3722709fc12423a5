import { parentPort } from 'node:worker_threads'
import { GlowcastError } from '../src/errors.js'
import type { JobAnswer, JobRequest } from './job-messages.js'

/**
 * The inside of a `JobThread`: answers one job after the other.
 *
 * @param transferOf buffers of a result that are handed over
 * @param unknownFailure what to tell of an error that is none of ours
 */
export function serveJobs<Job, Result>(
  handle: (job: Job) => Promise<Result>,
  transferOf: (result: Result) => ArrayBuffer[],
  unknownFailure: (cause: Error) => GlowcastError,
): void {
  const port = parentPort!
  let last = Promise.resolve()
  const answer = async ({ id, job }: JobRequest<Job>) => {
    try {
      const result = await handle(job)
      port.postMessage({ id, result } satisfies JobAnswer<Result>, transferOf(result))
    } catch (error) {
      const known = error instanceof GlowcastError ? error : unknownFailure(error as Error)
      const { code, field, got, expected } = known
      port.postMessage({ id, error: { code, field, got, expected } } satisfies JobAnswer<Result>)
    }
  }
  port.on('message', (request: JobRequest<Job>) => {
    last = last.then(() => answer(request))
  })
}
