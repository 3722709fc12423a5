import type { Frames } from '../audio/buffers/frames.js'
import type { MelConfig } from '../audio/mel/mel-config.js'
import { engineFailed, engineUnavailable, invalidArgument } from '../errors.js'
import { concatFloats } from '../numeric/concat-floats.js'
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
  /** Where `worker.js` lies, if the bundler does not place it. Browsers start workers of the page's own origin only. */
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
   * @throws GlowcastError ENGINE_UNAVAILABLE with what the page lacks; INVALID_ARGUMENT for what is no address;
   *   INVALID_MODEL for files that are missing or not those of the manifest
   */
  static async load(url: string | URL, options: LoadOptions = {}): Promise<Vocoder> {
    requirePage()
    const modelUrl = addressOf('url', url)
    if (!modelUrl.pathname.endsWith('/')) modelUrl.pathname += '/'
    const runtimeUrl = options.runtimeUrl ?? new URL('./bundle/onnxruntime.wasm', import.meta.url)
    const request: LoadRequest = {
      modelUrl: modelUrl.href,
      runtimeUrl: addressOf('runtimeUrl', runtimeUrl).href,
    }
    const worker = startWorker(options.workerUrl)
    try {
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
   * @param mel natural-log mel, [frames, melBands], in the model's convention or in that of the options
   * @returns frames * hopLength samples, of the frames of the model's convention
   * @throws GlowcastError INVALID_MEL, INVALID_ARGUMENT; ENGINE_FAILED when the vocoder has ended
   */
  async synthesize(mel: Frames, options: SynthesisOptions = {}): Promise<Float32Array> {
    const parts: Float32Array[] = []
    for await (const samples of this.stream([mel], options)) parts.push(samples)
    return concatFloats(parts)
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
          post(done ? { type: 'end' } : { type: 'mel', frames: withOwnData(value) })
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
    this.fail(engineFailed('vocoder', 'one that is disposed', 'one in use'))
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.worker.terminate()
    for (const replies of this.streams) replies.fail(this.failure)
  }
}

/** Absolute: the worker resolves addresses against its own. */
function addressOf(field: string, url: string | URL): URL {
  try {
    return new URL(url, location.href)
  } catch (cause) {
    throw invalidArgument(field, `${url}`, 'an address', { cause })
  }
}

function startWorker(url: string | URL | undefined): Worker {
  try {
    // Bundlers know this very form, and place the worker.
    if (url === undefined)
      return new Worker(new URL('./bundle/worker.js', import.meta.url), { type: 'module' })
    return new Worker(url, { type: 'module' })
  } catch (cause) {
    throw workerUnavailable((cause as Error).message, { cause })
  }
}

function workerUnavailable(got: string, options?: ErrorOptions): Error {
  const expected = 'worker.js of this origin, placed or named by workerUrl'
  return engineUnavailable('worker of the vocoder', got, expected, options)
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
      reject(workerUnavailable(event.message || 'a script that does not load'))
    }
    worker.postMessage(request)
  })
}

function frameIterator(
  mel: AsyncIterable<Frames> | Iterable<Frames>,
): AsyncIterator<Frames> | Iterator<Frames> {
  return Symbol.asyncIterator in mel ? mel[Symbol.asyncIterator]() : mel[Symbol.iterator]()
}

/** A message takes the whole buffer that an array lies in: of a stream that is cut from one mel, all of it each time. */
function withOwnData(frames: Frames): Frames {
  return { ...frames, data: frames.data.slice() }
}
