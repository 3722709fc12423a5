/**
 * The recent past of a stream, in one array that grows when it must, addressed by the index of a frame of `channels`
 * samples. Reads outside what is held give silence, so that the signal is silent before its start and after its end.
 */
export class SampleWindow {
  private data = new Float32Array(0)
  /** Frames: of the first in `data`, of the first that is held, and one past the newest. */
  private base = 0
  private start = 0
  private stop = 0

  constructor(
    private readonly channels = 1,
    private readonly silence = 0,
  ) {}

  /** Index one past the newest frame. */
  get end(): number {
    return this.stop
  }

  /** Frames that are held. */
  get length(): number {
    return this.stop - this.start
  }

  /** What is held, oldest first, until the next call. */
  get samples(): Float32Array {
    return this.data.subarray(this.at(this.start), this.at(this.stop))
  }

  append(samples: Float32Array): void {
    this.extend(samples.length / this.channels).set(samples)
  }

  /** Appends frames, which the caller writes at once. */
  extend(frames: number): Float32Array {
    if (this.at(this.stop + frames) > this.data.length) this.makeRoom(frames)
    this.stop += frames
    return this.data.subarray(this.at(this.stop - frames), this.at(this.stop))
  }

  /** Forgets the frames before an index. */
  forgetBefore(index: number): void {
    this.start = Math.max(this.start, Math.min(index, this.stop))
  }

  /** Forgets the oldest frames. */
  drop(frames: number): void {
    this.forgetBefore(this.start + frames)
  }

  /** Moves the oldest frames into `target`. */
  take(target: Float32Array): void {
    this.read(this.start, target)
    this.drop(target.length / this.channels)
  }

  /** Copies the frames from an index on into `target`. */
  read(from: number, target: Float32Array): void {
    const low = Math.max(from, this.start)
    const high = Math.min(from + target.length / this.channels, this.stop)
    target.fill(this.silence)
    if (low < high) target.set(this.data.subarray(this.at(low), this.at(high)), (low - from) * this.channels)
  }

  private at(frame: number): number {
    return (frame - this.base) * this.channels
  }

  /** Moves what is held to the front, in an array twice as long where it would fill more than half. */
  private makeRoom(frames: number): void {
    const wanted = 2 * (this.length + frames) * this.channels
    const { samples } = this
    if (wanted > this.data.length) this.data = new Float32Array(wanted)
    this.data.set(samples)
    this.base = this.start
  }
}
