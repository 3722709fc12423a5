/**
 * The recent past of a stream, addressed by absolute sample index. Reads outside what is held give 0, so that
 * the signal is silent before its start and after its end.
 */
export class SampleWindow {
  private data = new Float32Array(8192)
  private start = 0
  private stop = 0

  /** Index one past the newest sample. */
  get end(): number {
    return this.stop
  }

  /** Appends samples. */
  append(samples: Float32Array): void {
    const held = this.stop - this.start
    if (held + samples.length > this.data.length) {
      const grown = new Float32Array(2 * (held + samples.length))
      grown.set(this.data.subarray(0, held))
      this.data = grown
    }
    this.data.set(samples, held)
    this.stop += samples.length
  }

  /** Forgets samples before `index`; moves memory only when at least half of it is dead. */
  forgetBefore(index: number): void {
    const drop = Math.min(index, this.stop) - this.start
    if (drop < this.data.length / 2) return
    this.data.copyWithin(0, drop, this.stop - this.start)
    this.start += drop
  }

  /** Copies samples [from, from + target.length) into `target`, zeros where nothing is held. */
  read(from: number, target: Float32Array): void {
    const lo = Math.max(from, this.start)
    const hi = Math.min(from + target.length, this.stop)
    target.fill(0)
    if (lo < hi) target.set(this.data.subarray(lo - this.start, hi - this.start), lo - from)
  }
}
