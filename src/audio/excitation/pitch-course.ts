import type { SampleWindow } from '../buffers/sample-window.js'

/** Hz. Between these two the share of a voice that a comb follows falls to nothing: its cycles are too long to wait for. */
export const lowestHz = 50
const certainHz = 60

/**
 * F0 frame by frame → what a comb needs of each sample: the step of the phase from the sample before, in cycles, and the voiced
 * share. The step is that of `ExcitationGenerator`. At onsets and ends, where its pulses hold for half a frame, the step holds
 * for a whole one, while the share fades. Half a frame behind, which `flush` brings.
 */
export class PitchCourse {
  private previous = 0
  private started = false

  constructor(
    private readonly mel: { readonly sampleRate: number; readonly hopLength: number },
    private readonly steps: SampleWindow,
    private readonly shares: SampleWindow,
  ) {}

  /** @param f0Hz of the next frames, 0 where unvoiced */
  push(f0Hz: Float32Array): void {
    for (const f0 of f0Hz) {
      if (this.started) this.between(this.previous, f0)
      else this.hold(f0)
      this.started = true
      this.previous = f0
    }
  }

  flush(): void {
    if (this.started) this.hold(this.previous)
    this.started = false
  }

  private between(from: number, to: number): void {
    const { sampleRate, hopLength } = this.mel
    const steps = this.steps.extend(hopLength)
    const shares = this.shares.extend(hopLength)
    const start = from === 0 ? to : from
    const change = (to === 0 ? from : to) - start
    const [early, late] = [shareOf(from), shareOf(to)]
    for (let i = 0; i < hopLength; i++) {
      const at = (i + 0.5) / hopLength
      steps[i] = (start + change * at) / sampleRate
      shares[i] = early + (late - early) * at
    }
  }

  private hold(f0: number): void {
    const { sampleRate, hopLength } = this.mel
    this.steps.extend(hopLength / 2).fill(f0 / sampleRate)
    this.shares.extend(hopLength / 2).fill(shareOf(f0))
  }
}

function shareOf(f0: number): number {
  return Math.min(1, Math.max(0, (f0 - lowestHz) / (certainHz - lowestHz)))
}
