/** Samples that wait, in one array that grows when it must. */
export class SampleQueue {
  private data = new Float32Array(0)
  private count = 0

  get length(): number {
    return this.count
  }

  /** What waits, oldest first, until the next call. */
  get samples(): Float32Array {
    return this.data.subarray(0, this.count)
  }

  append(samples: Float32Array): void {
    if (this.count + samples.length > this.data.length) {
      const grown = new Float32Array(2 * (this.count + samples.length))
      grown.set(this.samples)
      this.data = grown
    }
    this.data.set(samples, this.count)
    this.count += samples.length
  }

  /** Forgets the oldest. */
  drop(count: number): void {
    this.data.copyWithin(0, count, this.count)
    this.count -= count
  }
}
