import { ExcitationGenerator } from './audio/excitation.js'
import { MdctAnalyzer } from './audio/mdct.js'
import { melPresets } from './audio/mel.js'
import type { Compiled } from './engine/index.js'
import type { MelWindow } from './mel-window.js'
import type { GlowcastModel } from './models/glowcast.js'
import { octavesToHz } from './models/pitch-network.js'

/**
 * The excitation of a signal that is still arriving: F0 from the mel (or from the caller), its phase, the
 * pulse trains and their MDCT, group by group.
 *
 * The F0 of frame t + 1 is needed to finish the trains of frame t, so predictions run one frame ahead of
 * the flow: blocks of `blockFrames` that end on frames 0, blockFrames, 2 * blockFrames, …
 */
export class SynthesisPitch {
  private readonly generator: ExcitationGenerator
  private readonly cosine: MdctAnalyzer
  private readonly sine: MdctAnalyzer
  private readonly window: Float32Array
  private predicted = 0
  private pending: { cosine: Float32Array; sine: Float32Array }[] = []
  private groups = 0
  private flushed = false

  /**
   * @param shift factor on every F0
   * @param given F0 of each frame in Hz, 0 for unvoiced, instead of the network's; beyond its end: unvoiced
   */
  constructor(
    private readonly model: GlowcastModel,
    private readonly network: Compiled,
    private readonly blockFrames: number,
    private readonly shift: number,
    private readonly given: ArrayLike<number> | undefined,
  ) {
    const { sampleRate, hopLength, melBands } = melPresets[model.config.mel]
    this.generator = new ExcitationGenerator({ sampleRate, hopLength })
    this.cosine = new MdctAnalyzer(model.config.groupSize)
    this.sine = new MdctAnalyzer(model.config.groupSize)
    this.window = new Float32Array((blockFrames + 2 * model.pitchLookahead) * melBands)
  }

  /** Whether the excitation of the frames before `end` can be had now. */
  has(end: number, mel: MelWindow): boolean {
    if (mel.hasEnded) return true
    const lastBlockEnd = Math.ceil(end / this.blockFrames) * this.blockFrames
    return mel.has(lastBlockEnd + 1 + this.model.pitchLookahead)
  }

  /** Writes the next `frames` mel frames' excitation, [groups, 2 * groupSize], to the target. */
  async read(frames: number, mel: MelWindow, target: Float32Array): Promise<void> {
    const wanted = frames * this.model.groupsPerFrame
    while (this.groups < wanted && !this.flushed) await this.predictBlock(mel)
    this.take(wanted, target)
  }

  private async predictBlock(mel: MelWindow): Promise<void> {
    const start = this.predicted === 0 ? 1 - this.blockFrames : this.predicted
    const fresh = start < 0 ? 1 : this.blockFrames
    const f0Hz =
      this.given !== undefined
        ? givenBlock(this.given, this.predicted, fresh, this.shift)
        : await this.networkBlock(mel, start, fresh)
    const inside = mel.hasEnded ? mel.frames - this.predicted : fresh
    if (inside > 0) {
      const trains = this.generator.push(f0Hz.subarray(0, Math.min(inside, fresh)))
      this.collect(this.cosine.push(trains.cosine).data, this.sine.push(trains.sine).data)
    }
    this.predicted += fresh
    if (inside <= fresh && mel.hasEnded) this.finish()
  }

  private finish(): void {
    const trains = this.generator.flush()
    this.collect(this.cosine.push(trains.cosine).data, this.sine.push(trains.sine).data)
    this.collect(this.cosine.flush().data, this.sine.flush().data)
    this.flushed = true
  }

  private async networkBlock(mel: MelWindow, start: number, fresh: number): Promise<Float32Array> {
    mel.read(start - this.model.pitchLookahead, this.window)
    const { voicingLogit, octaves } = await this.network.run({ mel: this.window })
    const first = this.blockFrames - fresh
    return Float32Array.from({ length: fresh }, (_, i) =>
      voicingLogit![first + i]! > 0 ? this.shift * octavesToHz(octaves![first + i]!) : 0,
    )
  }

  private collect(cosine: Float32Array, sine: Float32Array): void {
    if (cosine.length === 0) return
    this.pending.push({ cosine, sine })
    this.groups += cosine.length / this.model.config.groupSize
  }

  private take(wanted: number, target: Float32Array): void {
    const size = this.model.config.groupSize
    target.fill(0)
    let written = 0
    while (written < wanted && this.pending.length > 0) {
      const { cosine, sine } = this.pending[0]!
      const available = cosine.length / size
      const count = Math.min(available, wanted - written)
      for (let group = 0; group < count; group++) {
        const at = (written + group) * 2 * size
        target.set(cosine.subarray(group * size, (group + 1) * size), at)
        target.set(sine.subarray(group * size, (group + 1) * size), at + size)
      }
      written += count
      this.groups -= count
      if (count === available) this.pending.shift()
      else this.pending[0] = { cosine: cosine.subarray(count * size), sine: sine.subarray(count * size) }
    }
  }
}

function givenBlock(f0Hz: ArrayLike<number>, start: number, frames: number, shift: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, i) => shift * (f0Hz[start + i] ?? 0))
}
