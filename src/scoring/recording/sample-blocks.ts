import { SampleWindow } from '../../audio/buffers/sample-window.js'
import { heardBeforeSeconds, heardBehindSeconds } from './recording.js'

/** A block of a stream, and what is heard around it. */
export interface SampleBlock {
  readonly index: number
  /** Index in the stream of its first sample, and its length. */
  readonly first: number
  readonly length: number
  /** Whether it is of the length that was asked for; one that is not is the whole stream. */
  readonly isWhole: boolean
  /** Samples at its start that the block before had already: of the last one, which ends where the stream does. */
  readonly overlap: number
  /** The block with `lead` samples before it and the rest behind it. */
  readonly samples: Float32Array
  readonly lead: number
}

/**
 * Cuts a stream of samples into blocks of one length, each with something of its neighbours: alone, a block that is cut
 * out of speech would begin with a click.
 */
export class SampleBlocks {
  private readonly window = new SampleWindow()
  private readonly before: number
  private readonly behind: number
  private index = 0

  /** @param first sample at which the first block begins */
  constructor(
    private readonly length: number,
    sampleRate: number,
    private first = 0,
  ) {
    this.before = Math.round(heardBeforeSeconds * sampleRate)
    this.behind = Math.round(heardBehindSeconds * sampleRate)
  }

  /** @returns the blocks that are now complete, in order */
  push(samples: Float32Array): SampleBlock[] {
    this.window.append(samples)
    const blocks: SampleBlock[] = []
    while (this.window.end >= this.first + this.length + this.behind) blocks.push(this.take(this.first))
    return blocks
  }

  /**
   * @returns what is left. The last block begins earlier where the stream does not end with a whole one, since a
   * shorter one could not be compared with the others. Only a stream shorter than a block is a block of its own length.
   */
  flush(): SampleBlock[] {
    const blocks: SampleBlock[] = []
    while (this.first < this.window.end) {
      blocks.push(this.take(Math.max(0, Math.min(this.first, this.window.end - this.length))))
    }
    return blocks
  }

  private take(first: number): SampleBlock {
    const { index, window } = this
    const length = Math.min(this.length, window.end - first)
    const start = Math.max(0, first - this.before)
    const end = Math.min(first + length + this.behind, window.end)
    const samples = new Float32Array(end - start)
    window.read(start, samples)
    const overlap = this.first - first
    this.first = first + length
    this.index += 1
    window.forgetBefore(this.first - this.length - this.before)
    return { index, first, length, isWhole: length === this.length, overlap, samples, lead: first - start }
  }
}
