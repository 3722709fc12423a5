import type { Frames } from '../audio/buffers/frames.js'
import type { MelConfig } from '../audio/mel/mel-config.js'
import { engineFailed, invalidArgument } from '../errors.js'
import type { Likelihood } from '../likelihood/likelihood.js'
import { concatFloats } from '../numeric/concat-floats.js'
import type { ScoreAnswer } from '../scoring/verdict/answer.js'
import type { SynthesisOptions } from '../synthesis/options.js'
import type { LiveVoiceOptions } from '../synthesis/voice/live-voice.js'
import { errorOf } from '../threads/failure.js'
import type {
  AnswerReply,
  LoadRequest,
  OpenRequest,
  Recording,
  ScoreSettings,
  StreamReply,
  StreamRequest,
  VoiceReply,
} from './messages.js'
import { type OpenPort, ReceiveQueue } from './receive-queue.js'
import { assertPage } from './requirements.js'
import { addressOf, type Loaded, type LoadOptions, loadIn, startWorker } from './start-worker.js'
import { PageVoice, type VoicePort } from './voice.js'

export interface ScoreOptions extends ScoreSettings {
  /** Address of a calibration; default: `calibration.json` of the model's folder. */
  readonly calibration?: string | URL
  /** Told the share of the work that is done, many times. */
  readonly progress?: (share: number) => void
}

/** Mel frames to waveform, and scores of recordings, in a worker of this page: no server, and no audio leaves the machine. */
export class Vocoder {
  private readonly waiting = new Set<{ fail(error: Error): void }>()
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
    assertPage()
    options.signal?.throwIfAborted()
    const modelUrl = addressOf('url', url)
    if (!modelUrl.pathname.endsWith('/')) modelUrl.pathname += '/'
    const runtimeUrl = options.runtimeUrl ?? new URL('./bundle/onnxruntime.wasm', import.meta.url)
    const request: LoadRequest = {
      modelUrl: modelUrl.href,
      runtimeUrl: addressOf('runtimeUrl', runtimeUrl).href,
    }
    const worker = startWorker(options.workerUrl)
    try {
      return new Vocoder(worker, await loadIn(worker, request, options))
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
    const { port, replies, end } = this.open<StreamReply>({ type: 'stream', options })
    const post = (request: StreamRequest) => port.postMessage(request)
    const input = frameIterator(mel)
    try {
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
      post({ type: 'close' })
      end()
      await input.return?.()
    }
  }

  /**
   * How unusual a recording is among normal ones: what `glowcast score --json` says of it. What is wrong with the recording
   * is in the answer.
   *
   * @throws GlowcastError INVALID_ARGUMENT; INVALID_CALIBRATION; UNKNOWN_GROUP; ENGINE_FAILED when the vocoder has ended
   */
  async score(
    recording: Recording,
    { calibration, progress, ...settings }: ScoreOptions = {},
  ): Promise<ScoreAnswer> {
    assertRecording(recording)
    const url =
      calibration === undefined ? {} : { calibrationUrl: addressOf('calibration', calibration).href }
    return this.ask({ type: 'score', recording, settings, ...url }, progress)
  }

  /**
   * Exact log-likelihood of a waveform, given its own mel and pitch.
   *
   * @param waveform mono, in ± 1, at `mel.sampleRate`
   * @throws GlowcastError INVALID_AUDIO, NON_FINITE; ENGINE_FAILED when the vocoder has ended
   */
  async likelihood(waveform: Float32Array): Promise<Likelihood> {
    return this.ask({ type: 'likelihood', waveform: waveform.slice() })
  }

  /**
   * A voice that is rebuilt while it speaks, from a microphone or a file. Several at a time share the worker's core.
   *
   * @throws GlowcastError INVALID_ARGUMENT; ENGINE_FAILED when the vocoder has ended
   */
  async openVoice(options: LiveVoiceOptions): Promise<PageVoice> {
    return PageVoice.open(options.sampleRate, this.open<VoiceReply>({ type: 'voice', options }))
  }

  /**
   * As `openVoice`, for whoever speaks with the worker without the page's thread between, such as an AudioWorklet: it is to
   * be given the port, and follows `VoiceRequest` and `VoiceReply`.
   *
   * @param onFailure called when the vocoder ends
   * @throws GlowcastError as `openVoice`
   */
  async openVoicePort(options: LiveVoiceOptions, onFailure: (error: Error) => void): Promise<VoicePort> {
    const open = this.open<VoiceReply>({ type: 'voice', options })
    const voice = await PageVoice.open(options.sampleRate, open)
    open.port.onmessage = null
    this.waiting.delete(open.replies)
    this.waiting.add({ fail: onFailure })
    const { latencySamples, controls } = voice
    return { port: open.port, latencySamples, controls }
  }

  /** Ends the worker and with it all streams; its memory is freed. */
  dispose(): void {
    this.fail(engineFailed('vocoder', 'one that is disposed', 'one in use'))
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.worker.terminate()
    for (const replies of this.waiting) replies.fail(this.failure)
  }

  /** @throws GlowcastError ENGINE_FAILED when the vocoder has ended */
  private open<Reply>(request: OpenRequest): OpenPort<Reply> {
    if (this.failure !== undefined) throw this.failure
    const { port1: port, port2 } = new MessageChannel()
    const replies = new ReceiveQueue<Reply>()
    port.onmessage = ({ data }) => replies.push(data)
    this.worker.postMessage(request, [port2])
    this.waiting.add(replies)
    const end = () => {
      this.waiting.delete(replies)
      port.close()
    }
    return { port, replies, end }
  }

  /** Of what has one answer. */
  private async ask<Answer extends ScoreAnswer | Likelihood>(
    request: OpenRequest,
    progress?: (share: number) => void,
  ): Promise<Answer> {
    const { replies, end } = this.open<AnswerReply<Answer>>(request)
    try {
      for (;;) {
        const reply = await replies.read()
        if (reply.type === 'failed') throw errorOf(reply.failure)
        if (reply.type === 'answer') return reply.answer
        progress?.(reply.share)
      }
    } finally {
      end()
    }
  }
}

/** @throws GlowcastError INVALID_ARGUMENT */
function assertRecording(recording: Recording): void {
  if (recording instanceof Blob) return
  const { sampleRate, channels } = (recording ?? {}) as Partial<Exclude<Recording, Blob>>
  const isAudio =
    Number.isFinite(sampleRate) &&
    Array.isArray(channels) &&
    channels.every((channel) => channel instanceof Float32Array)
  if (isAudio) return
  const expected = 'a Blob, or { sampleRate, channels: Float32Array[] }'
  throw invalidArgument('recording', kindOf(recording), expected)
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
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
