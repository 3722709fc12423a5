import { parentPort } from 'node:worker_threads'
import { GlowcastError, thrownError } from '../../src/errors.js'
import { failureOf } from '../../src/threads/failure.js'
import type { StopMessage } from '../../src/threads/watched-thread.js'
import type { JobAnswer, JobRequest } from './messages.js'

export interface JobService<Job, Result> {
  /**
   * Makes what does the jobs. Where it fails, the thread ends, and the next job starts another.
   *
   * @param letUrgentGo to be called within a long job, which then waits for the urgent ones that have come
   */
  start(letUrgentGo: () => Promise<void>): Promise<(job: Job) => Promise<Result>>
  /** Buffers of a result that are handed over. */
  transferOf(result: Result): ArrayBuffer[]
  /** What to tell of an error that is none of ours. */
  unknownFailure(cause: Error): GlowcastError
  /** Default: none is. */
  isUrgent?(job: Job): boolean
}

/**
 * The inside of a `JobThread`: answers one job after the other, urgent ones first.
 *
 * @throws what `start` throws; the thread dies of it
 */
export async function serveJobs<Job, Result>(service: JobService<Job, Result>): Promise<void> {
  const port = parentPort!
  const urgent: JobRequest<Job>[] = []
  const others: JobRequest<Job>[] = []
  let isWorking = false
  let isUrgentNow = false
  const send = (answer: JobAnswer<Result>, transfer: ArrayBuffer[] = []) => port.postMessage(answer, transfer)
  const answerUrgent = async () => {
    // Those do not wait for each other.
    if (isUrgentNow) return
    isUrgentNow = true
    for (let next = urgent.shift(); next !== undefined; next = urgent.shift()) await answer(next)
    isUrgentNow = false
  }
  const letUrgentGo = async () => {
    // Messages come between turns of the loop, which computing takes up.
    await new Promise((resolve) => setImmediate(resolve))
    await answerUrgent()
  }
  const starting = service.start(letUrgentGo)
  const answer = async ({ id, job }: JobRequest<Job>) => {
    try {
      const handle = await starting
      const result = await handle(job)
      send({ type: 'done', id, result }, service.transferOf(result))
    } catch (thrown) {
      const known = thrown instanceof GlowcastError ? thrown : service.unknownFailure(thrownError(thrown))
      send({ type: 'failed', id, failure: failureOf(known) })
    }
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
  port.on('message', (request: JobRequest<Job> | StopMessage) => {
    if ('type' in request) {
      port.close()
      return
    }
    const queue = service.isUrgent?.(request.job) === true ? urgent : others
    queue.push(request)
    void starting.then(work, () => undefined)
  })
  await starting
  send({ type: 'ready' })
}
