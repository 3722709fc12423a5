import type { Frames } from '../audio/buffers/frames.js'
import type { MelConfig } from '../audio/mel/mel-config.js'
import { engineFailed, engineUnavailable } from '../errors.js'
import type { SynthesisOptions } from '../synthesis/options.js'
import { errorOf } from '../threads/failure.js'
import { Inbox } from './inbox.js'
import type {
  LoadProgress,
  LoadReply,
  LoadRequest,
  OpenRequest,
  StreamReply,
  StreamRequest,
} from './messages.js'
import { requirePage } from './requirements.js'

export interface LoadOptions {
  /** Told while files arrive, often. */
  readonly progress?: (progress: LoadProgress) => void
  /** Where `worker.js` lies, if the bundler does not place it. */
  readonly workerUrl?: string | URL
  /** Where `onnxruntime.wasm` lies, if the bundler does not place it. */
  readonly runtimeUrl?: string | URL
}

type Loaded = Extract<LoadReply, { type: 'loaded' }>

/** Mel frames to waveform in a worker of this page: no server, and no audio leaves the machine. */
export class Vocoder {
  private readonly streams = new Set<Inbox<StreamReply>>()
  private failure: Error | undefined

  private constructor(
    private readonly worker: Worker,
    private readonly loaded: Loaded,
  ) {
    worker.onerror = (event) => {
      event.preventDefault()
      this.fail(engineFailed('worker of the vocoder', event.message, 'a worker that goes on'))
    }
  }

  /**
   * @param url of a model's folder, as this package's `models/` has them; beside the page, or with CORS
   * @throws GlowcastError ENGINE_UNAVAILABLE with what the page lacks; INVALID_MODEL for files that are missing or not
   *   those of the manifest
   */
  static async load(url: string | URL, options: LoadOptions = {}): Promise<Vocoder> {
    requirePage()
    const worker = startWorker(options.workerUrl)
    try {
      const runtimeUrl = options.runtimeUrl ?? new URL('./bundle/onnxruntime.wasm', import.meta.url)
      const modelUrl = new URL(`${url}`.replace(/\/?$/, '/'), location.href).href
      const request: LoadRequest = { modelUrl, runtimeUrl: new URL(runtimeUrl, location.href).href }
      return new Vocoder(worker, await loadIn(worker, request, options.progress))
    } catch (error) {
      worker.terminate()
      throw error
    }
  }

  /** The convention of the model's mel. */
  get mel(): MelConfig {
    return this.loaded.mel
  }

  /** What computes, for people. */
  get engine(): string {
    return this.loaded.engine
  }

  /** Whether the browser stored all files, so that the next visit needs no network. */
  get isStored(): boolean {
    return this.loaded.isStored
  }

  /**
   * @param mel natural-log mel, [frames, melBands], in the model's convention
   * @returns frames * hopLength samples
   * @throws GlowcastError INVALID_MEL, INVALID_ARGUMENT; ENGINE_FAILED when the vocoder has ended
   */
  async synthesize(mel: Frames, options: SynthesisOptions = {}): Promise<Float32Array> {
    const waveform = new Float32Array(mel.frames * this.mel.hopLength)
    let written = 0
    for await (const samples of this.stream([mel], options)) {
      waveform.set(samples, written)
      written += samples.length
    }
    return waveform
  }

  /**
   * Audio as soon as its mel frames and their lookahead are there; frames * hopLength samples in all. Frames are only
   * asked for when samples are, so that neither pile up.
   *
   * @throws GlowcastError as `synthesize`
   */
  async *stream(
    mel: AsyncIterable<Frames> | Iterable<Frames>,
    options: SynthesisOptions = {},
  ): AsyncGenerator<Float32Array> {
    if (this.failure !== undefined) throw this.failure
    const { port1: port, port2 } = new MessageChannel()
    const replies = new Inbox<StreamReply>()
    const post = (request: StreamRequest) => port.postMessage(request)
    port.onmessage = ({ data }) => replies.push(data)
    this.streams.add(replies)
    const input = frameIterator(mel)
    try {
      this.worker.postMessage({ options } satisfies OpenRequest, [port2])
      post({ type: 'next' })
      for (;;) {
        const reply = await replies.read()
        if (reply.type === 'done') return
        if (reply.type === 'failed') throw errorOf(reply.failure)
        if (reply.type === 'want') {
          const { done, value } = await input.next()
          post(done ? { type: 'end' } : { type: 'mel', frames: value })
        } else {
          yield reply.samples
          post({ type: 'next' })
        }
      }
    } finally {
      this.streams.delete(replies)
      post({ type: 'close' })
      port.close()
      await input.return?.()
    }
  }

  /** Ends the worker and with it all streams; its memory is freed. */
  dispose(): void {
    this.fail(engineFailed('vocoder', 'a call after dispose', 'one before it'))
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.worker.terminate()
    for (const replies of this.streams) replies.fail(this.failure)
  }
}

function startWorker(url: string | URL | undefined): Worker {
  // Bundlers know this very form, and place the worker.
  if (url === undefined) return new Worker(new URL('./bundle/worker.js', import.meta.url), { type: 'module' })
  return new Worker(url, { type: 'module' })
}

function loadIn(worker: Worker, request: LoadRequest, progress: LoadOptions['progress']): Promise<Loaded> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: reply }: MessageEvent<LoadReply>) => {
      if (reply.type === 'progress') progress?.({ loaded: reply.loaded, total: reply.total })
      else if (reply.type === 'loaded') resolve(reply)
      else reject(errorOf(reply.failure))
    }
    worker.onerror = (event) => {
      event.preventDefault()
      const got = event.message || 'a script that does not load'
      reject(engineUnavailable('worker of the vocoder', got, 'worker.js, placed or named by workerUrl'))
    }
    worker.postMessage(request)
  })
}

function frameIterator(
  mel: AsyncIterable<Frames> | Iterable<Frames>,
): AsyncIterator<Frames> | Iterator<Frames> {
  return Symbol.asyncIterator in mel ? mel[Symbol.asyncIterator]() : mel[Symbol.iterator]()
}
