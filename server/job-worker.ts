import { parentPort } from 'node:worker_threads'
import { GlowcastError } from '../src/errors.js'
import type { JobAnswer, JobRequest } from './job-messages.js'

/**
 * The inside of a `JobThread`: answers one job after the other, urgent ones first.
 *
 * @param transferOf buffers of a result that are handed over
 * @param unknownFailure what to tell of an error that is none of ours
 * @param isUrgent default: none is
 * @returns to be called within a long job, which then waits for the urgent ones that have come
 */
export function serveJobs<Job, Result>(
  handle: (job: Job) => Promise<Result>,
  transferOf: (result: Result) => ArrayBuffer[],
  unknownFailure: (cause: Error) => GlowcastError,
  isUrgent: (job: Job) => boolean = () => false,
): () => Promise<void> {
  const port = parentPort!
  const urgent: JobRequest<Job>[] = []
  const others: JobRequest<Job>[] = []
  let isWorking = false
  let isUrgentNow = false
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
  const answerUrgent = async () => {
    // Those do not wait for each other.
    if (isUrgentNow) return
    isUrgentNow = true
    for (let next = urgent.shift(); next !== undefined; next = urgent.shift()) await answer(next)
    isUrgentNow = false
  }
  const work = async () => {
    if (isWorking) return
    isWorking = true
    while (urgent.length + others.length > 0) {
      await answerUrgent()
      const next = others.shift()
      if (next !== undefined) await answer(next)
    }
    isWorking = false
  }
  port.on('message', (request: JobRequest<Job>) => {
    const queue = isUrgent(request.job) ? urgent : others
    queue.push(request)
    void work()
  })
  return async () => {
    // Messages come between turns of the loop, which computing takes up.
    await new Promise((resolve) => setImmediate(resolve))
    await answerUrgent()
  }
}
