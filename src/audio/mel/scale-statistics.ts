/** Frames whose mean is below this are pauses: on any logarithmic scale they say little of the scale. */
const pauseMean = -5.5

/** Values this near to the lowest one lie on a floor that something was clipped to. */
const floorWidth = 1e-3

/** What the frames of a mel that are no pauses are like; `lowest` and `highest` are of all frames. */
export interface ScaleSummary {
  /** Pairs of neighbouring frames that are no pauses. */
  readonly pairs: number
  readonly lowest: number
  readonly highest: number
  readonly mean: number
  readonly highestFrameMean: number
  readonly deviation: number
  /** Mean size of the change from frame to frame. */
  readonly roughness: number
  /** Share of the values below -5.5. */
  readonly quietShare: number
  /** Share of the values that equal the lowest of them. */
  readonly floorShare: number
}

/** Collects a `ScaleSummary` frame by frame, in bounded memory. */
export class ScaleStatistics {
  private active = 0
  private pairs = 0
  private lowest = Number.POSITIVE_INFINITY
  private highest = Number.NEGATIVE_INFINITY
  private highestFrameMean = Number.NEGATIVE_INFINITY
  private floor = Number.POSITIVE_INFINITY
  private sum = 0
  private squares = 0
  private change = 0
  private quiet = 0
  private atFloor = 0
  private previous: Float32Array | undefined

  constructor(private readonly melBands: number) {}

  /** @param frame its finite values, which are copied */
  push(frame: Float32Array): void {
    let sum = 0
    for (const value of frame) {
      sum += value
      if (value > this.highest) this.highest = value
      if (value < this.lowest) this.lowest = value
    }
    this.highestFrameMean = Math.max(this.highestFrameMean, sum / frame.length)
    const isPause = sum < pauseMean * frame.length
    if (!isPause) {
      this.active += 1
      this.sum += sum
      for (const value of frame) this.pushActive(value)
      if (this.previous !== undefined) this.pushChange(frame, this.previous)
    }
    this.previous = isPause ? undefined : Float32Array.from(frame)
  }

  get summary(): ScaleSummary {
    const { pairs, lowest, highest } = this
    const count = Math.max(1, this.active * this.melBands)
    const mean = this.sum / count
    return {
      pairs,
      lowest,
      highest,
      mean,
      highestFrameMean: this.highestFrameMean,
      deviation: Math.sqrt(Math.max(0, this.squares / count - mean * mean)),
      roughness: this.change / Math.max(1, pairs),
      quietShare: this.quiet / count,
      floorShare: this.atFloor / count,
    }
  }

  private pushActive(value: number): void {
    this.squares += value * value
    if (value < pauseMean) this.quiet += 1
    if (value < this.floor - floorWidth) {
      this.floor = value
      this.atFloor = 0
    }
    if (value <= this.floor + floorWidth) this.atFloor += 1
  }

  private pushChange(frame: Float32Array, previous: Float32Array): void {
    let change = 0
    for (let band = 0; band < frame.length; band++) change += Math.abs(frame[band]! - previous[band]!)
    this.pairs += 1
    this.change += change / frame.length
  }
}
