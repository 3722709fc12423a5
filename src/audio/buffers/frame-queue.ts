import type { Frames } from './frames.js'

/** Rows that wait until enough of them are there. */
export class FrameQueue {
  private data = new Float32Array(0)
  private start = 0
  private end = 0

  constructor(private readonly channels: number) {}

  get frames(): number {
    return (this.end - this.start) / this.channels
  }

  push({ data }: Frames): void {
    if (this.end + data.length > this.data.length) {
      const held = this.end - this.start
      const grown = new Float32Array(2 * (held + data.length))
      grown.set(this.data.subarray(this.start, this.end))
      this.data = grown
      this.start = 0
      this.end = held
    }
    this.data.set(data, this.end)
    this.end += data.length
  }

  /** Moves up to `frames` rows to the front of the target. */
  shift(frames: number, target: Float32Array): void {
    const stop = Math.min(this.start + frames * this.channels, this.end)
    target.set(this.data.subarray(this.start, stop))
    this.start = stop
  }
}
