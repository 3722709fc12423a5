import type { VoiceControls } from '../synthesis/voice/controls.js'
import { errorOf } from '../threads/failure.js'
import type { VoiceReply, VoiceRequest } from './messages.js'
import type { OpenPort } from './receive-queue.js'

/** The way to a live voice that is there. */
export interface VoicePort {
  readonly port: MessagePort
  readonly latencySamples: number
  readonly controls: VoiceControls
}

/** A `LiveVoice` in the worker: as many samples come back as were pushed, `latencySamples` later. */
export class PageVoice {
  /** Of the pushes so far: what the worker computed, in seconds, for each second of sound. */
  realTimeFactor = 0
  private computeMs = 0
  private samples = 0
  private last: Promise<unknown> = Promise.resolve()

  private constructor(
    readonly sampleRate: number,
    readonly latencySamples: number,
    private current: VoiceControls,
    private readonly open: OpenPort<VoiceReply>,
  ) {}

  /** @throws GlowcastError INVALID_ARGUMENT */
  static async open(sampleRate: number, open: OpenPort<VoiceReply>): Promise<PageVoice> {
    try {
      const reply = await open.replies.read()
      if (reply.type === 'opened') {
        return new PageVoice(sampleRate, reply.latencySamples, reply.controls, open)
      }
      throw unexpected(reply)
    } catch (error) {
      open.end()
      throw error
    }
  }

  get controls(): VoiceControls {
    return this.current
  }

  /** Holds for what is pushed from now on. @throws GlowcastError INVALID_ARGUMENT; the voice goes on */
  async set(changes: Partial<VoiceControls>): Promise<void> {
    const reply = await this.ask({ type: 'set', changes })
    if (reply.type !== 'controls') throw unexpected(reply)
    this.current = reply.controls
  }

  /**
   * Plays a key of a MIDI instrument, or its pedal or pitch wheel, for what is pushed from now on.
   *
   * @param bytes of one MIDI message; those that are not for a voice change nothing
   */
  play(bytes: Iterable<number>): void {
    this.post({ type: 'play', bytes: Uint8Array.from(bytes) })
  }

  /**
   * @param samples mono, in ± 1
   * @returns as many
   * @throws GlowcastError NON_FINITE; ENGINE_FAILED when the vocoder has ended
   */
  async push(samples: Float32Array): Promise<Float32Array> {
    const own = samples.slice()
    return this.taken(await this.ask({ type: 'push', samples: own }, [own.buffer]), samples.length)
  }

  /** Ends the voice. @returns its last `latencySamples` samples */
  async flush(): Promise<Float32Array> {
    return this.taken(await this.ask({ type: 'flush' }), 0)
  }

  /** Frees what the worker holds for it. */
  close(): void {
    this.post({ type: 'close' })
    this.open.end()
  }

  private taken(reply: VoiceReply, pushed: number): Float32Array {
    if (reply.type !== 'samples') throw unexpected(reply)
    this.computeMs += reply.computeMs
    this.samples += pushed
    this.realTimeFactor = (this.computeMs * this.sampleRate) / (1000 * this.samples)
    return reply.samples
  }

  /** Requests are answered one after the other, in order. */
  private ask(request: VoiceRequest, transfer: Transferable[] = []): Promise<VoiceReply> {
    this.post(request, transfer)
    const reply = this.last.then(() => this.open.replies.read())
    this.last = reply.catch(() => undefined)
    return reply
  }

  private post(request: VoiceRequest, transfer: Transferable[] = []): void {
    this.open.port.postMessage(request, transfer)
  }
}

function unexpected(reply: VoiceReply): Error {
  if (reply.type === 'failed') return errorOf(reply.failure)
  return new Error(`A live voice was answered with ${reply.type}.`)
}
