import { invalidConfig, invalidDataset } from '../../errors.js'
import type { RandomStream } from '../../numeric/random.js'
import type { TrainingConfig } from '../config.js'
import type { Features } from './features.js'

/** Recordings of which each start of a crop is as likely as another. */
class Source {
  private readonly recordings: Features[] = []
  /** Starts in the recordings up to each, that one included. */
  private readonly ends: number[] = []

  add(recording: Features, cropFrames: number): void {
    this.recordings.push(recording)
    this.ends.push((this.ends.at(-1) ?? 0) + recording.frames - cropFrames + 1)
  }

  get isEmpty(): boolean {
    return this.recordings.length === 0
  }

  draw(random: RandomStream): { recording: Features; start: number } {
    const position = random.integer(this.ends.at(-1)!)
    const index = this.ends.findIndex((end) => end > position)
    return { recording: this.recordings[index]!, start: position - (this.ends[index - 1] ?? 0) }
  }
}

/** Draws where a crop starts: a source by its share, then a place in it. */
export class CropDraw {
  private readonly sources: Source[]
  /** Sums of the shares up to each source, that one included. */
  private readonly shares: number[] = []

  /**
   * @param recordings of at least `cropFrames` each
   * @throws GlowcastError INVALID_CONFIG when a source has no recording; INVALID_DATASET when a recording has no source
   */
  constructor(recordings: readonly Features[], { sources, cropFrames }: TrainingConfig) {
    const patterns = sources.map(({ names }) => new RegExp(names))
    this.sources = (sources.length === 0 ? [0] : sources).map(() => new Source())
    for (const recording of recordings) {
      const index = sources.length === 0 ? 0 : patterns.findIndex((pattern) => pattern.test(recording.name))
      if (index < 0) {
        throw invalidDataset(recording.name, 'no source', 'a name that one of the config’s sources matches')
      }
      this.sources[index]!.add(recording, cropFrames)
    }
    const empty = this.sources.findIndex(({ isEmpty }) => isEmpty)
    if (empty >= 0) {
      const { names } = sources[empty]!
      throw invalidConfig(`sources.${empty}.names`, names, 'to match a recording')
    }
    let total = 0
    for (const { share } of sources.length === 0 ? [{ share: 1 }] : sources) {
      total += share
      this.shares.push(total)
    }
  }

  draw(random: RandomStream): { recording: Features; start: number } {
    if (this.sources.length === 1) return this.sources[0]!.draw(random)
    const place = random.uniform() * this.shares.at(-1)!
    return this.sources[this.shares.findIndex((end) => end > place)]!.draw(random)
  }
}
