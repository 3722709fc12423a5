import { ExcitationGenerator } from '../audio/excitation/excitation.js'
import { ExcitationGroups } from './excitation-groups.js'

/** The excitation of a signal whose F0 is still arriving. */
export class ExcitationTrack {
  private readonly generator: ExcitationGenerator
  private readonly spectra: ExcitationGroups
  private ended = false

  constructor(groupSize: number, mel: { sampleRate: number; hopLength: number }) {
    this.generator = new ExcitationGenerator(mel)
    this.spectra = new ExcitationGroups(groupSize)
  }

  /** Groups that can be taken now: those of frame t need the F0 of frame t + 1. */
  get groups(): number {
    return this.spectra.groups
  }

  get hasEnded(): boolean {
    return this.ended
  }

  /** F0 of the next mel frames in Hz, 0 where unvoiced. */
  push(f0Hz: Float32Array): void {
    this.spectra.push(this.generator.push(f0Hz))
  }

  end(): void {
    this.spectra.push(this.generator.flush())
    this.spectra.flush()
    this.ended = true
  }

  /** Fills the target with the next groups, [groups, 2 * groupSize], zeros where there are none. */
  take(target: Float32Array): void {
    this.spectra.take(target)
  }
}
