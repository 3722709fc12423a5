import { Worker } from 'node:worker_threads'
import { GlowcastError } from '../src/errors.js'
import type { JobAnswer, JobRequest } from './job-messages.js'
import { workerUrl } from './worker-url.js'

interface Waiting<Result> {
  resolve(result: Result): void
  reject(error: Error): void
}

/** A call of the engine takes well under this. */
const stoppingMs = 3000

/** A thread that does jobs one after the other. It starts with the first of them. */
export class JobThread<Job, Result> {
  private worker: Worker | undefined
  private readonly waiting = new Map<number, Waiting<Result>>()
  private nextId = 0

  /**
   * @param name of the worker's module
   * @param workerData what a worker is started with
   * @param brokenError what to tell those whose job waited in a thread that broke
   */
  constructor(
    private readonly name: string,
    private readonly workerData: unknown,
    private readonly brokenError: (cause: Error) => GlowcastError,
  ) {}

  /** Jobs that are not answered yet. */
  get pending(): number {
    return this.waiting.size
  }

  /** Whether it has started, and not broken. */
  get isAlive(): boolean {
    return this.worker !== undefined
  }

  /** @throws GlowcastError of the job, or `brokenError` */
  run(job: Job, transfer: ArrayBuffer[] = []): Promise<Result> {
    const id = this.nextId++
    const worker = this.worker ?? this.start()
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      worker.postMessage({ id, job } satisfies JobRequest<Job>, transfer)
    })
  }

  /** What waits is answered with `brokenError`. */
  async stop(): Promise<void> {
    const { worker } = this
    if (worker === undefined) return
    // One that is terminated within a call of the engine takes the process with it.
    const deadline = performance.now() + stoppingMs
    while (this.waiting.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await worker.terminate()
  }

  private start(): Worker {
    const worker = new Worker(workerUrl(this.name), { workerData: this.workerData })
    this.worker = worker
    worker.unref()
    worker.on('message', (answer: JobAnswer<Result>) => {
      const waiting = this.waiting.get(answer.id)!
      this.waiting.delete(answer.id)
      if ('error' in answer) {
        const { code, field, got, expected } = answer.error
        waiting.reject(new GlowcastError(code, field, got, expected))
      } else waiting.resolve(answer.result)
    })
    worker.on('error', (error) => this.failAll(worker, error))
    worker.on('exit', () => this.failAll(worker, new Error('the thread ended')))
    return worker
  }

  /** A thread that broke on one job takes the others that waited with it; the next starts anew. */
  private failAll(worker: Worker, cause: Error): void {
    if (this.worker !== worker) return
    this.worker = undefined
    const error = this.brokenError(cause)
    for (const { reject } of this.waiting.values()) reject(error)
    this.waiting.clear()
  }
}
