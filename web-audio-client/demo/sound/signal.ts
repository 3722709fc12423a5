/** A waveform that grows while it is played and drawn. */
export class GrowingSignal {
  private samples = new Float32Array(1 << 16)
  /** Where what came at once ends, and when it came. */
  private readonly arrivals: { readonly end: number; readonly atMs: number }[] = []
  private waiting: (() => void)[] = []
  length = 0
  isFinished = false

  /** @param sampleRate Hz */
  constructor(readonly sampleRate: number) {}

  get seconds(): number {
    return this.length / this.sampleRate
  }

  append(samples: Float32Array): void {
    if (this.length + samples.length > this.samples.length) {
      const grown = new Float32Array(2 * (this.length + samples.length))
      grown.set(this.samples.subarray(0, this.length))
      this.samples = grown
    }
    this.samples.set(samples, this.length)
    this.length += samples.length
    this.arrivals.push({ end: this.length, atMs: performance.now() })
    this.tell()
  }

  finish(): void {
    this.isFinished = true
    this.tell()
  }

  /** The samples [from, to), a view. */
  slice(from: number, to = this.length): Float32Array {
    return this.samples.subarray(from, to)
  }

  /** When the sample at `index` came, ms of `performance.now()`; undefined: it is not there. */
  arrivedAtMs(index: number): number | undefined {
    let low = 0
    for (let high = this.arrivals.length; low < high; ) {
      const middle = (low + high) >> 1
      if (this.arrivals[middle]!.end <= index) low = middle + 1
      else high = middle
    }
    return this.arrivals[low]?.atMs
  }

  /** Resolves when more has come, or the end is known. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  private tell(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}
