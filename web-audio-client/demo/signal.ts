import type { PcmChunk } from '../index.js'

/** Samples that a chunk holds at most: what the page's thread resamples in a few milliseconds. */
const chunkSamples = 8192

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

  /** What there is from `from` on, and then what comes, to the end: for `Player.play`. */
  async *chunks(from: number): AsyncGenerator<PcmChunk> {
    let arrival = 0
    for (let position = from; ; ) {
      while ((this.arrivals[arrival]?.end ?? position + 1) <= position) arrival++
      const came = this.arrivals[arrival]
      if (came !== undefined) {
        const to = Math.min(came.end, position + chunkSamples)
        const last = this.isFinished && to === this.length
        const samples = this.samples.slice(position, to)
        yield { samples, sampleRate: this.sampleRate, position, last, receivedAtMs: came.atMs }
        position = to
      } else if (this.isFinished) return
      else await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
  }

  private tell(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}
