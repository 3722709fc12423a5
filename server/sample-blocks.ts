import { SampleWindow } from '../src/audio/sample-window.js'

/** A block of a stream, and what is heard around it. */
export interface SampleBlock {
  readonly index: number
  /** Index in the stream of its first sample, and its length. */
  readonly first: number
  readonly length: number
  /** Whether it is as long as the others. */
  readonly isWhole: boolean
  /** The block with `lead` samples before it and the rest behind it. */
  readonly samples: Float32Array
  readonly lead: number
}

/** Cuts a stream of samples into blocks of one length, each with something of its neighbours. */
export class SampleBlocks {
  private readonly window = new SampleWindow()
  private first = 0
  private index = 0

  /** @param around samples that a block hears before it and behind it, where they are */
  constructor(
    private readonly length: number,
    private readonly around: { readonly before: number; readonly behind: number },
  ) {}

  /** @returns the blocks that are now complete, in order */
  push(samples: Float32Array): SampleBlock[] {
    this.window.append(samples)
    const blocks: SampleBlock[] = []
    while (this.window.end >= this.first + this.length + this.around.behind)
      blocks.push(this.take(this.length))
    return blocks
  }

  /** @returns what is left: at most one block that is whole, and one that is not */
  flush(): SampleBlock[] {
    const blocks: SampleBlock[] = []
    while (this.first < this.window.end) {
      blocks.push(this.take(Math.min(this.length, this.window.end - this.first)))
    }
    return blocks
  }

  private take(length: number): SampleBlock {
    const { first, index, window, around } = this
    const start = Math.max(0, first - around.before)
    const end = Math.min(first + length + around.behind, window.end)
    const samples = new Float32Array(end - start)
    window.read(start, samples)
    this.first += length
    this.index += 1
    window.forgetBefore(this.first - around.before)
    return { index, first, length, isWhole: length === this.length, samples, lead: first - start }
  }
}
