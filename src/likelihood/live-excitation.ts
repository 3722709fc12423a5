import { SampleWindow } from '../audio/buffers/sample-window.js'
import { excitationFromPhase } from '../audio/excitation/excitation.js'
import { estimatePolarity, trackPitchPhase } from '../audio/excitation/phase.js'
import { PitchTracker } from '../audio/pitch/pitch.js'
import type { ExcitationPart } from './section-excitation.js'

/** How far the search for the pitch's path looks ahead, instead of 120 ms. */
const decisionLagMs = 50
/** What of the past the phase is tracked in anew for each part. */
const pastSeconds = 0.15
/** Pitch beyond a part's end that its phase hears: the window that anchors it to glottal closures. */
const aheadSeconds = 0.035
/** From the phase of the part before to that of the next. */
const joinSeconds = 0.02
/** How often the polarity is voted on. */
const voteSeconds = 0.5
/** Less that is voiced says nothing about the polarity. */
const minVoicedFrames = 10

/**
 * Pulse trains of a recording that is listened to live: the pitch phase of each part is tracked with
 * `pastSeconds` before it and only `delaySeconds` behind it. The result depends on the samples alone, not on how
 * they were cut into chunks, and differs from that of `SectionExcitation`, which hears seconds of the future.
 */
export class LiveExcitation {
  private readonly window = new SampleWindow()
  private readonly tracker: PitchTracker
  private readonly hopLength: number
  /** F0 of the pitch frames from `firstFrame` on. */
  private f0Hz: number[] = []
  private firstFrame = 0
  private done = 0
  private partEnd: number
  private votes = 0
  private votedAt = 0
  /** Phase at the first sample behind the last part, cycles; NaN where unvoiced. */
  private expected = Number.NaN

  /**
   * @param partSamples length of a part
   * @param lead what the first part has more: what the analysis of its end takes in of the next
   */
  constructor(
    private readonly sampleRate: number,
    private readonly partSamples: number,
    lead: number,
  ) {
    this.partEnd = partSamples + lead
    this.tracker = new PitchTracker(sampleRate, { decisionLagMs })
    this.hopLength = this.tracker.hopLength
  }

  /** @returns the parts that are now complete, in order */
  push(chunk: Float32Array): ExcitationPart[] {
    const parts: ExcitationPart[] = []
    // In steps of a pitch frame, so that each part hears just as much of the future, wherever the chunks end.
    for (let from = 0; from < chunk.length; ) {
      const step = this.hopLength - (this.window.end % this.hopLength)
      const piece = chunk.subarray(from, from + step)
      from += piece.length
      this.window.append(piece)
      this.f0Hz.push(...this.tracker.push(piece).f0Hz)
      const ahead = Math.round(aheadSeconds * this.sampleRate)
      if (this.pitchEnd >= this.partEnd + ahead) parts.push(this.track())
    }
    return parts
  }

  /** @returns what is left */
  flush(): ExcitationPart[] {
    this.f0Hz.push(...this.tracker.flush().f0Hz)
    const parts: ExcitationPart[] = []
    while (this.done < this.window.end) parts.push(this.track())
    return parts
  }

  private get pitchEnd(): number {
    return (this.firstFrame + this.f0Hz.length) * this.hopLength
  }

  private track(): ExcitationPart {
    this.forget()
    const end = Math.min(this.partEnd, this.window.end)
    this.partEnd += this.partSamples
    const first = this.firstFrame * this.hopLength
    const waveform = new Float32Array(this.window.end - first)
    this.window.read(first, waveform)
    const pitch = { hopLength: this.hopLength, f0Hz: Float32Array.from(this.f0Hz) }
    this.vote(waveform, pitch)
    const polarity = this.votes < 0 ? -1 : 1
    const { phaseCycles } = trackPitchPhase(waveform, this.sampleRate, pitch, { polarity })
    // One sample more, for the slope of the last and the phase that the next part goes on from.
    const phase = phaseCycles.slice(this.done - first, end - first + 1)
    this.join(phase)
    const length = end - this.done
    this.expected = phase[length] ?? Number.NaN
    this.done = end
    const { cosine, sine } = excitationFromPhase(phase)
    return { cosine: cosine.subarray(0, length), sine: sine.subarray(0, length), polarity }
  }

  /** A step of the phase would be a click in the pulse train: the difference fades. */
  private join(phase: Float64Array): void {
    const difference = this.expected - phase[0]!
    if (Number.isNaN(difference)) return
    const offset = difference - Math.round(difference)
    const length = Math.round(joinSeconds * this.sampleRate)
    for (let i = 0; i < Math.min(length, phase.length); i++) phase[i]! += offset * (1 - i / length)
  }

  /** Polarity belongs to the recording chain, so that all that was heard has a say. */
  private vote(waveform: Float32Array, pitch: { hopLength: number; f0Hz: Float32Array }): void {
    const voiced = pitch.f0Hz.reduce((count, f0) => count + (f0 > 0 ? 1 : 0), 0)
    if (voiced < minVoicedFrames || (this.votes !== 0 && this.done < this.votedAt)) return
    this.votes += voiced * estimatePolarity(waveform, this.sampleRate, pitch)
    this.votedAt = this.done + Math.round(voteSeconds * this.sampleRate)
  }

  private forget(): void {
    const past = Math.floor((this.done - pastSeconds * this.sampleRate) / this.hopLength)
    const drop = past - this.firstFrame
    if (drop <= 0) return
    this.f0Hz.splice(0, drop)
    this.firstFrame = past
    this.window.forgetBefore(past * this.hopLength)
  }
}
