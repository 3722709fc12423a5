/** Gives back what came in so many samples ago; silence before. */
export class DelayLine {
  private readonly ring: Float32Array
  private at = 0

  /** @param samples 1 or more */
  constructor(samples: number) {
    this.ring = new Float32Array(samples)
  }

  /** Audio thread, no allocation. */
  next(value: number): number {
    const delayed = this.ring[this.at]!
    this.ring[this.at] = value
    this.at = (this.at + 1) % this.ring.length
    return delayed
  }
}
