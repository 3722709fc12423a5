import { SampleWindow } from '../audio/buffers/sample-window.js'
import { excitationFromPhase } from '../audio/excitation/excitation.js'
import { trackPitchPhase } from '../audio/excitation/phase.js'
import { trackPitch } from '../audio/pitch/pitch.js'

/** Longer recordings have their pitch phase tracked section by section, which bounds memory. */
const sectionSeconds = 20
/** What a section hears of its neighbours, so that no voiced stretch begins or ends at its edge. */
const marginSeconds = 1

export interface ExcitationPart {
  readonly cosine: Float32Array
  readonly sine: Float32Array
  /** Of the recording: see `estimatePolarity`. */
  readonly polarity: 1 | -1
}

/**
 * Pulse trains of a recording that arrives in chunks. Sections of 20 s, each with 1 s on either side, are tracked
 * on their own, wherever the chunks end: the result depends on the samples alone. A recording of at most 21 s is
 * one section.
 */
export class SectionExcitation {
  private readonly window = new SampleWindow()
  private readonly section: number
  private readonly margin: number
  private done = 0

  constructor(private readonly sampleRate: number) {
    this.section = sectionSeconds * sampleRate
    this.margin = marginSeconds * sampleRate
  }

  /** @returns the sections that are now complete, in order */
  push(chunk: Float32Array): ExcitationPart[] {
    this.window.append(chunk)
    const parts: ExcitationPart[] = []
    while (this.window.end > this.done + this.section + this.margin) {
      parts.push(this.track(this.done + this.section))
    }
    return parts
  }

  /** @returns what is left */
  flush(): ExcitationPart[] {
    return this.window.end > this.done ? [this.track(this.window.end)] : []
  }

  private track(end: number): ExcitationPart {
    const first = Math.max(0, this.done - this.margin)
    const stop = Math.min(end + this.margin, this.window.end)
    const waveform = new Float32Array(stop - first)
    this.window.read(first, waveform)
    const pitch = trackPitch(waveform, this.sampleRate)
    const { phaseCycles, polarity } = trackPitchPhase(waveform, this.sampleRate, pitch)
    const { cosine, sine } = excitationFromPhase(phaseCycles)
    const [from, to] = [this.done - first, end - first]
    this.done = end
    this.window.forgetBefore(end - this.margin)
    return { cosine: cosine.subarray(from, to), sine: sine.subarray(from, to), polarity }
  }
}
