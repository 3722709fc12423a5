import { Worker } from 'node:worker_threads'
import type { Frames } from '../src/audio/frames.js'
import { GlowcastError } from '../src/errors.js'
import type { AnalysisJob, AnalysisResult } from './analysis-messages.js'
import { workerUrl } from './worker-url.js'

interface Waiting {
  resolve(mel: Frames): void
  reject(error: Error): void
}

/** Makes mel frames of request bodies in a thread of its own, which starts with the first of them. */
export class Analysis {
  private worker: Worker | undefined
  private readonly waiting = new Map<number, Waiting>()
  private nextId = 0

  /** @throws GlowcastError INVALID_AUDIO, INVALID_MEL, UNSUPPORTED_FORMAT, INVALID_ARGUMENT, NON_FINITE */
  run(job: Omit<AnalysisJob, 'id'>): Promise<Frames> {
    const id = this.nextId++
    const worker = this.worker ?? this.start()
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ...job } satisfies AnalysisJob)
    })
  }

  async stop(): Promise<void> {
    await this.worker?.terminate()
  }

  private start(): Worker {
    const worker = new Worker(workerUrl('analysis-worker'))
    this.worker = worker
    worker.unref()
    worker.on('message', (result: AnalysisResult) => {
      const waiting = this.waiting.get(result.id)!
      this.waiting.delete(result.id)
      if ('error' in result) {
        const { code, field, got, expected } = result.error
        waiting.reject(new GlowcastError(code, field, got, expected))
      } else waiting.resolve(result)
    })
    worker.on('error', (error) => this.failAll(worker, error))
    worker.on('exit', () => this.failAll(worker, new Error('the analysis thread ended')))
    return worker
  }

  /** A thread that broke on one body takes the others that waited with it; the next starts anew. */
  private failAll(worker: Worker, cause: Error): void {
    if (this.worker !== worker) return
    this.worker = undefined
    const error = new GlowcastError('INVALID_AUDIO', 'body', 'data that breaks its decoder', 'audio', {
      cause,
    })
    for (const { reject } of this.waiting.values()) reject(error)
    this.waiting.clear()
  }
}
