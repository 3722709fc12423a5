import { ExcitationGenerator } from '../audio/excitation/excitation.js'
import { MdctAnalyzer } from '../audio/spectral/mdct.js'

/** The excitation of a signal whose F0 is still arriving: pulse trains and their MDCT, group by group. */
export class ExcitationTrack {
  private readonly generator: ExcitationGenerator
  private readonly cosine: MdctAnalyzer
  private readonly sine: MdctAnalyzer
  private pending: { cosine: Float32Array; sine: Float32Array }[] = []
  private available = 0
  private ended = false

  constructor(
    private readonly groupSize: number,
    mel: { sampleRate: number; hopLength: number },
  ) {
    this.generator = new ExcitationGenerator(mel)
    this.cosine = new MdctAnalyzer(groupSize)
    this.sine = new MdctAnalyzer(groupSize)
  }

  /** Groups that can be taken now: those of frame t need the F0 of frame t + 1. */
  get groups(): number {
    return this.available
  }

  get hasEnded(): boolean {
    return this.ended
  }

  /** F0 of the next mel frames in Hz, 0 where unvoiced. */
  push(f0Hz: Float32Array): void {
    const trains = this.generator.push(f0Hz)
    this.collect(this.cosine.push(trains.cosine).data, this.sine.push(trains.sine).data)
  }

  end(): void {
    const trains = this.generator.flush()
    this.collect(this.cosine.push(trains.cosine).data, this.sine.push(trains.sine).data)
    this.collect(this.cosine.flush().data, this.sine.flush().data)
    this.ended = true
  }

  /** Fills the target with the next groups, [groups, 2 * groupSize], zeros where there are none. */
  take(target: Float32Array): void {
    const size = this.groupSize
    const wanted = target.length / (2 * size)
    target.fill(0)
    let written = 0
    while (written < wanted && this.pending.length > 0) {
      const { cosine, sine } = this.pending[0]!
      const held = cosine.length / size
      const count = Math.min(held, wanted - written)
      for (let group = 0; group < count; group++) {
        const at = (written + group) * 2 * size
        target.set(cosine.subarray(group * size, (group + 1) * size), at)
        target.set(sine.subarray(group * size, (group + 1) * size), at + size)
      }
      written += count
      this.available -= count
      if (count === held) this.pending.shift()
      else this.pending[0] = { cosine: cosine.subarray(count * size), sine: sine.subarray(count * size) }
    }
  }

  private collect(cosine: Float32Array, sine: Float32Array): void {
    if (cosine.length === 0) return
    this.pending.push({ cosine, sine })
    this.available += cosine.length / this.groupSize
  }
}
