import type { GlowcastError } from '../../src/errors.js'
import { backOffMs } from '../../src/threads/back-off.js'
import { errorOf } from '../../src/threads/failure.js'
import { type StartThread, WatchedThread } from '../../src/threads/watched-thread.js'
import { workerUrl } from '../../src/threads/worker-url.js'
import type { JobAnswer, JobRequest } from './messages.js'

interface Waiting<Result> {
  resolve(result: Result): void
  reject(error: Error): void
}

type Thread<Job, Result> = WatchedThread<JobRequest<Job>, JobAnswer<Result>>

export interface JobThreadOptions {
  /** Of the worker's module. */
  readonly name: string
  /** What a worker is started with. */
  readonly data?: object
  /** What a job may compute without a sign of life, in ms. */
  readonly silentMs: number
  /**
   * What to tell those whose job waited in a thread that broke, or does not start.
   *
   * @param mayBeGuilty whether the thread was at this job, or as good as, when it broke
   */
  brokenError(mayBeGuilty: boolean): GlowcastError
  /** A thread died, or did not start, of this. */
  onCrash(error: Error): void
  readonly start?: StartThread
  readonly now?: () => number
}

/**
 * A thread that does jobs one after the other. It starts with the first of them, and anew with the next one after it
 * died. One that does not start is tried again at once, then after 1, 2, 4 … 30 s, when a job comes.
 */
export class JobThread<Job, Result> {
  private thread: Thread<Job, Result> | undefined
  private readonly waiting = new Map<number, Waiting<Result>>()
  private nextId = 0
  private failedStarts = 0
  private retryAt = Number.NEGATIVE_INFINITY
  private lastFailure: Error | undefined
  private isStopping = false

  constructor(private readonly options: JobThreadOptions) {}

  /** Jobs that are not answered yet. */
  get pending(): number {
    return this.waiting.size
  }

  /** Whether it has started, and not broken. */
  get isAlive(): boolean {
    return this.thread !== undefined
  }

  /** Why it does not start, or undefined; it may not have been tried. */
  get trouble(): Error | undefined {
    return this.lastFailure
  }

  /** @throws GlowcastError of the job, or `brokenError` */
  run(job: Job, transfer: ArrayBuffer[] = []): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.isStopping || (this.thread === undefined && this.now() < this.retryAt)) {
        reject(this.options.brokenError(false))
        return
      }
      this.thread ??= this.begin()
      const id = this.nextId++
      this.thread.send({ id, job }, transfer)
      this.waiting.set(id, { resolve, reject })
    })
  }

  /** What waits is answered with `brokenError`. */
  async stop(): Promise<void> {
    this.isStopping = true
    await this.thread?.end()
  }

  private now(): number {
    return this.options.now?.() ?? performance.now()
  }

  private begin(): Thread<Job, Result> {
    const { name, data = {}, silentMs, start } = this.options
    let isReady = false
    const thread: Thread<Job, Result> = new WatchedThread({
      url: workerUrl(`server/${name}`),
      data,
      silentMs,
      ...(start === undefined ? {} : { start }),
      onMessage: (answer) => {
        if (answer.type !== 'ready') return this.take(answer)
        isReady = true
        this.failedStarts = 0
        this.lastFailure = undefined
        thread.markReady()
      },
      onEnd: (reason) => {
        if (this.thread === thread) this.thread = undefined
        if (!this.isStopping) {
          if (!isReady) this.couldNotStart(reason)
          this.options.onCrash(reason)
        }
        this.failAll(isReady)
      },
    })
    thread.unref()
    return thread
  }

  private couldNotStart(reason: Error): void {
    this.lastFailure = reason
    this.retryAt = this.now() + backOffMs(this.failedStarts)
    this.failedStarts += 1
  }

  private take(answer: Exclude<JobAnswer<Result>, { type: 'ready' }>): void {
    const waiting = this.waiting.get(answer.id)
    if (waiting === undefined)
      throw new Error(`an answer of the thread to no job: ${JSON.stringify(answer.id)}`)
    this.waiting.delete(answer.id)
    if (answer.type === 'done') waiting.resolve(answer.result)
    else if (answer.type === 'failed') waiting.reject(errorOf(answer.failure))
    else {
      waiting.reject(this.options.brokenError(false))
      throw new Error('an answer of the thread of an unknown type')
    }
  }

  /** A thread that broke on one job takes the others that waited with it. */
  private failAll(wasReady: boolean): void {
    const all = [...this.waiting.values()]
    this.waiting.clear()
    // They are done in their order: it was at the first.
    all.forEach(({ reject }, i) => {
      reject(this.options.brokenError(wasReady && i === 0))
    })
  }
}
