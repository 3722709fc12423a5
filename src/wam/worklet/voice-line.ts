import type { VoiceControls } from '../../synthesis/voice/controls.js'
import type { Failure } from '../../threads/failure.js'
import type { VoiceReply, VoiceRequest } from '../../web/messages.js'
import { Playout } from './playout.js'

/** The worker's end; a `MessagePort`. */
export interface VoiceLinePort {
  onmessage: ((event: MessageEvent<VoiceReply>) => void) | null
  postMessage(request: VoiceRequest, transfer: Transferable[]): void
  close(): void
}

export interface VoiceLineOptions {
  readonly sampleRate: number
  /** Samples that go to the voice at once, at most. */
  readonly blockSamples: number
  /** How long after it came in a sample's answer is heard, the latency of the voice left out. */
  readonly delaySamples: number
  readonly onFailure: (failure: Failure) => void
}

const fadeSeconds = 0.005

/**
 * The audio thread's way to a voice in a worker and back: as many samples come out as go in, always equally late. What does
 * not come in time is left out.
 */
export class VoiceLine {
  /** What the voice computed so far, ms. */
  computeMs = 0
  private readonly playout: Playout
  private block: Float32Array
  private filled = 0
  private position = 0
  /** Blocks that are with the voice, and the samples of all. */
  private readonly sent: { readonly at: number; readonly length: number }[] = []
  private waiting = 0
  /** While what is with the voice is late: more would be late, too. */
  private isBehind = false
  private hasFailed = false

  constructor(
    private readonly port: VoiceLinePort,
    private readonly options: VoiceLineOptions,
  ) {
    const { sampleRate, blockSamples, delaySamples } = options
    this.playout = new Playout(2 * (delaySamples + blockSamples), fadeSeconds * sampleRate)
    this.block = new Float32Array(blockSamples)
    port.onmessage = ({ data }) => this.receive(data)
  }

  get underruns(): number {
    return this.playout.underruns
  }

  /** Audio thread. Allocates a block's message; output and input may be the same. */
  process(input: Float32Array, output: Float32Array): void {
    for (let i = 0; i < input.length; i++) {
      const sample = input[i]!
      // What is no number would be in all that follows.
      this.block[this.filled++] = Number.isFinite(sample) ? sample : 0
      output[i] = this.playout.read(this.position++)
      if (this.filled === this.block.length) this.send()
    }
  }

  /** Holds from the next sample on. */
  set(changes: Partial<VoiceControls>): void {
    this.send()
    this.post({ type: 'set', changes })
  }

  /** Holds from the next sample on. @param bytes of a MIDI message */
  play(bytes: Uint8Array): void {
    this.send()
    this.post({ type: 'play', bytes })
  }

  close(): void {
    this.post({ type: 'close' })
    this.port.close()
  }

  private send(): void {
    const { filled } = this
    this.filled = 0
    this.isBehind = this.waiting > (this.isBehind ? 0 : this.options.delaySamples)
    if (filled === 0 || this.isBehind) return
    const samples = this.block.slice(0, filled)
    this.sent.push({ at: this.position - filled, length: filled })
    this.waiting += filled
    this.post({ type: 'push', samples }, [samples.buffer])
  }

  private post(request: VoiceRequest, transfer: Transferable[] = []): void {
    if (!this.hasFailed) this.port.postMessage(request, transfer)
  }

  private receive(reply: VoiceReply): void {
    if (reply.type === 'samples') {
      const { at, length } = this.sent.shift()!
      this.waiting -= length
      this.computeMs += reply.computeMs
      this.playout.write(at + this.options.delaySamples, reply.samples)
    } else if (reply.type === 'failed') {
      this.hasFailed = true
      this.options.onFailure(reply.failure)
    }
  }
}
