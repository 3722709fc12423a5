import { MelConverter } from '../../src/audio/mel/conventions/converter.js'
import {
  bytesToFloats,
  encodeMedia,
  lastOfUtterance,
  type MediaFrame,
  mediaTypes,
  samplesToPcm,
} from '../../src/protocol/messages.js'
import type { StreamTotals } from '../../src/synthesis/live/synthesizer.js'
import { type ApiError, apiErrorOf, fieldError, internal } from '../operations/api-error.js'
import type { BackendStream, StreamEvents, SynthesisBackend } from '../synthesis/backend.js'
import { latencyOf } from '../synthesis/refinement.js'
import { assertInOrder, assertType } from './media-order.js'
import { MelCheck } from './mel-check.js'
import type { OpenStream, StreamOutcome, StreamOutput, StreamSettings } from './output.js'
import { PcmQueue } from './pcm-queue.js'

/** What is told apart by flushes. */
interface Utterance {
  /** The first frame of the stream that belongs to it. */
  readonly start: number
  /** Where it ended, and whether the stream does too; unknown before its flush. */
  end?: { readonly frames: number; readonly final: boolean }
  sufficientAt?: number
  ttfaMs?: number
}

/**
 * One stream of a connection: checks what comes, and sends its audio within what the client has granted and the
 * socket takes. Memory is bounded both ways: mel frames by `framesAhead`, samples by the window.
 */
export class StreamSession implements OpenStream {
  private readonly stream: BackendStream
  private readonly pcm: PcmQueue<StreamTotals>
  private readonly check: MelCheck
  private readonly converter: MelConverter | undefined
  private readonly melBands: number
  private readonly hopLength: number
  private readonly sufficientFrames: number
  /** From the one whose audio is being sent to the one whose frames are coming. */
  private readonly utterances: Utterance[] = [{ start: 0 }]
  private closed = false
  private released = false
  private melSequence = 0
  private frames = 0
  private framesGranted: number
  private pcmSequence = 0
  private samplesMade = 0
  private samplesSent = 0
  private samplesWritten = 0
  private samplesGranted = 0
  private clientCredit: number
  /** When something last came or went. */
  activeAt = performance.now()

  /** @throws GlowcastError INVALID_ARGUMENT, ENGINE_FAILED */
  constructor(
    private readonly settings: StreamSettings,
    private readonly output: StreamOutput,
    backend: SynthesisBackend,
  ) {
    const { mel } = backend.model
    this.melBands = mel.melBands
    this.hopLength = mel.hopLength
    const { melProjections: passes, comb } = settings.options
    this.sufficientFrames = latencyOf(backend.latency, { passes, comb }).sufficientFrames
    this.check = new MelCheck(mel.melBands, settings.melScaleCheck)
    const { convention } = settings
    this.converter = convention === undefined ? undefined : new MelConverter(convention)
    this.pcm = new PcmQueue(settings.credit)
    this.clientCredit = settings.credit
    this.framesGranted = output.limits.framesAhead
    this.samplesGranted = Math.min(output.window(), settings.credit)
    const events: StreamEvents = {
      audio: (samples) => output.guard(() => this.takeAudio(samples)),
      utteranceEnded: (totals) => output.guard(() => this.takeEnd(totals)),
      late: () => output.guard(() => output.ranLate()),
      failed: (error) => output.guard(() => this.fail(apiErrorOf(error) ?? internal())),
    }
    this.stream = backend.openStream(settings.options, this.samplesGranted, events, output.payer)
  }

  /** Samples sent so far. */
  get samples(): number {
    return this.samplesSent
  }

  /** Mel frames of the client. @throws ApiError */
  media({ type, sequence, position, payload }: MediaFrame): void {
    this.activeAt = performance.now()
    assertType(type, mediaTypes.mel)
    this.expectOpen()
    const frames = payload.length / (4 * this.melBands)
    if (!Number.isInteger(frames)) {
      throw fieldError(
        'invalid_mel',
        'payload',
        `${payload.length} bytes`,
        `whole frames of ${4 * this.melBands}`,
      )
    }
    assertInOrder('sequence', sequence, this.melSequence)
    assertInOrder('position', position, this.frames)
    if (frames > this.output.limits.framesPerMessage) {
      throw fieldError(
        'limit_exceeded',
        'payload',
        `${frames} frames`,
        `at most ${this.output.limits.framesPerMessage}`,
      )
    }
    if (this.frames + frames > this.framesGranted) {
      const left = this.framesGranted - this.frames
      throw fieldError('credit_exceeded', 'payload', `${frames} frames`, `at most ${left}`)
    }
    const values = this.melOf(bytesToFloats(payload), frames)
    this.check.push(values)
    this.melSequence = (this.melSequence + 1) % 2 ** 32
    if (frames === 0) return
    this.frames += frames
    const utterance = this.utterances.at(-1)!
    if (this.frames - utterance.start >= this.sufficientFrames) utterance.sufficientAt ??= this.activeAt
    this.stream.push(values, frames)
  }

  private melOf(data: Float32Array, frames: number): Float32Array {
    return this.converter?.push({ data, frames, channels: this.melBands }).data ?? data
  }

  /** The client takes so many samples more. */
  grant(samples: number): void {
    this.activeAt = performance.now()
    this.clientCredit += samples
    this.pcm.grant(samples)
    this.sendReady()
  }

  /** Ends the utterance; with `final` the stream too, once all is sent. @throws ApiError */
  flush(final: boolean): void {
    this.activeAt = performance.now()
    this.expectOpen()
    if (this.utterances.length > this.output.limits.flushesAhead) {
      throw fieldError(
        'limit_exceeded',
        'flush',
        'one more',
        `at most ${this.output.limits.flushesAhead} at a time`,
      )
    }
    this.check.end()
    const utterance = this.utterances.at(-1)!
    utterance.end = { frames: this.frames, final }
    utterance.sufficientAt ??= this.activeAt
    if (!final) this.utterances.push({ start: this.frames })
    this.stream.flush()
  }

  /** Ends the stream at once: no audio is sent after this. */
  cancel(): void {
    this.release()
    this.output.send({ type: 'cancelled', stream: this.settings.id, samples: this.samplesSent })
    this.close('cancelled')
  }

  /** Gives the stream up, and says why and how far it came. */
  fail(apiError: ApiError): void {
    if (this.closed) return
    this.output.send({
      type: 'error',
      stream: this.settings.id,
      samples: this.samplesSent,
      ...apiError.toProtocol(),
    })
    this.close('failed')
  }

  /** Frees the stream when there is nobody to tell. */
  drop(): void {
    this.close('cancelled')
  }

  private close(outcome: StreamOutcome, totals?: StreamTotals): void {
    this.closed = true
    this.release()
    this.output.closed(outcome, totals)
  }

  private release(): void {
    if (this.released) return
    this.released = true
    this.output.freed()
    this.stream.close().catch((error) => {
      this.output.guard(() => {
        throw error
      })
    })
  }

  private expectOpen(): void {
    if (this.utterances.at(-1)!.end === undefined) return
    throw fieldError('invalid_argument', 'stream', 'more after "end"', 'nothing but "credit"')
  }

  private takeAudio(samples: Float32Array): void {
    if (this.closed) return
    this.samplesMade += samples.length
    this.pcm.push(samples)
    this.sendReady()
    this.grantFrames()
  }

  private takeEnd(totals: StreamTotals): void {
    if (this.closed) return
    this.pcm.pushEnd(totals)
    this.sendReady()
  }

  private sendReady(): void {
    while (!this.closed) {
      const next = this.pcm.take()
      if (next === undefined) break
      if ('end' in next) this.sendEnd(next.end)
      else this.sendPcm(next.samples, 0)
    }
    this.grantSamples()
  }

  private sendPcm(samples: Float32Array, flags: number): void {
    const { id, format } = this.settings
    const payload = samplesToPcm(samples, format)
    const header = {
      type: mediaTypes.pcm,
      flags,
      stream: id,
      sequence: this.pcmSequence,
      position: this.samplesSent % 2 ** 32,
    }
    const [utterance] = this.utterances
    if (samples.length > 0 && utterance!.ttfaMs === undefined) {
      utterance!.ttfaMs = performance.now() - utterance!.sufficientAt!
      this.output.firstAudio(utterance!.ttfaMs)
    }
    this.activeAt = performance.now()
    this.pcmSequence = (this.pcmSequence + 1) % 2 ** 32
    this.samplesSent += samples.length
    this.output.sent(samples.length)
    this.output.sendMedia(encodeMedia(header, payload), () => {
      this.samplesWritten += samples.length
      if (!this.closed) this.grantSamples()
    })
  }

  private sendEnd(totals: StreamTotals): void {
    this.sendPcm(new Float32Array(0), lastOfUtterance)
    const { end, ttfaMs } = this.utterances.shift()!
    const { frames, final } = end!
    if (final) this.release()
    this.output.send({
      type: final ? 'done' : 'flushed',
      stream: this.settings.id,
      frames,
      samples: this.samplesSent,
      rtf: totals.rtf,
      ...(ttfaMs === undefined ? {} : { ttfaMs }),
    })
    if (final) this.close('done', totals)
  }

  /** Lets the backend make what the client takes and the window holds, in parts that are worth a message. */
  private grantSamples(): void {
    const window = this.output.window()
    const most = Math.min(this.samplesWritten + window, this.clientCredit)
    const more = most - this.samplesGranted
    if (more <= 0 || (more < window / 4 && most < this.clientCredit)) return
    this.samplesGranted += more
    this.stream.grant(more)
  }

  /** Grants the client as many frames as audio was made of. */
  private grantFrames(): void {
    const more =
      Math.floor(this.samplesMade / this.hopLength) + this.output.limits.framesAhead - this.framesGranted
    if (more < this.output.limits.framesAhead / 4) return
    this.framesGranted += more
    this.output.send({ type: 'credit', stream: this.settings.id, frames: more })
  }
}
