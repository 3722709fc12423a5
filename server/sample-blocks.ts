export interface SampleBlock {
  /** Index in the stream of its first sample. */
  readonly first: number
  readonly samples: Float32Array
}

/** Cuts a stream of samples into blocks of one length. */
export class SampleBlocks {
  private block: Float32Array
  private filled = 0
  private first = 0
  private made = 0

  constructor(private readonly length: number) {
    this.block = new Float32Array(length)
  }

  /** Blocks given so far, the rest of `flush` among them. */
  get count(): number {
    return this.made
  }

  /** @returns the blocks that the samples complete, as each is asked for */
  *push(samples: Float32Array): Generator<SampleBlock> {
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + this.length - this.filled)
      this.block.set(part, this.filled)
      this.filled += part.length
      from += part.length
      if (this.filled === this.length) yield this.take()
    }
  }

  /** The samples beyond the last whole block. */
  flush(): SampleBlock {
    return this.take()
  }

  private take(): SampleBlock {
    const { first } = this
    const samples = this.filled === this.length ? this.block : this.block.slice(0, this.filled)
    this.first += this.filled
    this.filled = 0
    this.made += 1
    this.block = new Float32Array(this.length)
    return { first, samples }
  }
}
