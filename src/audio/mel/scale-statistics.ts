/** Frames whose mean is below this are pauses: on any logarithmic scale they say little of the scale. */
const pauseMean = -5.5

/** Values this near to the lowest one lie on a floor that something was clipped to. */
const floorWidth = 1e-3

/** What frames are like. */
interface FrameSummary {
  /** Pairs of neighbouring frames. */
  readonly pairs: number
  readonly mean: number
  readonly deviation: number
  /** Mean size of the change from frame to frame. */
  readonly roughness: number
}

/** What a mel is like: the figures of `FrameSummary` are of the frames that are no pauses. */
export interface ScaleSummary extends FrameSummary {
  readonly all: FrameSummary
  /** Of all frames. */
  readonly lowest: number
  readonly highest: number
  readonly highestFrameMean: number
  /** Values that equal the lowest of all frames; of frames of one value, which are padding or silence, none counts. */
  readonly atLowest: number
  /** Share of the values of all frames that lie below every natural-log mel. */
  readonly belowFloorShare: number
  /** Share of the values below -5.5. */
  readonly quietShare: number
  /** Share of the values that equal the lowest of these frames. */
  readonly floorShare: number
  readonly low: LowSummary
}

/** What those of the frames are like that are no pauses, and no louder than these are on average. */
interface LowSummary {
  /** Threes of neighbouring frames. */
  readonly triples: number
  /** Mean size of the change from frame to frame. */
  readonly roughness: number
  /** Mean size of the change of that change, of 1 for the size of the change: 1.5 for noise on any logarithmic scale. */
  readonly curvature: number
}

/** Silence is -11.51 in natural-log mels; what acoustic models predict strays from it by less than 1. */
const belowFloor = -12.5

/** Sums over frames. */
class FrameSums {
  private frames = 0
  private pairs = 0
  private sum = 0
  private squares = 0
  private change = 0

  constructor(private readonly melBands: number) {}

  push(frame: Float32Array, previous: Float32Array | undefined): void {
    this.frames += 1
    for (const value of frame) {
      this.sum += value
      this.squares += value * value
    }
    if (previous === undefined) return
    let change = 0
    for (let band = 0; band < frame.length; band++) change += Math.abs(frame[band]! - previous[band]!)
    this.pairs += 1
    this.change += change / frame.length
  }

  get values(): number {
    return this.frames * this.melBands
  }

  get mean(): number {
    return this.sum / Math.max(1, this.values)
  }

  get summary(): FrameSummary {
    const count = Math.max(1, this.values)
    const { mean } = this
    return {
      pairs: this.pairs,
      mean,
      deviation: Math.sqrt(Math.max(0, this.squares / count - mean * mean)),
      roughness: this.change / Math.max(1, this.pairs),
    }
  }
}

/** Sums over the frames no louder than the mean so far. */
class LowSums {
  private pairs = 0
  private change = 0
  private triples = 0
  private turn = 0
  private changeOfTriples = 0
  private before: Float32Array | undefined
  private lastChange = 0

  /** @param previous the frame before, if that was such a one */
  push(frame: Float32Array, previous: Float32Array | undefined): void {
    const { before } = this
    this.before = previous
    if (previous === undefined) return
    let change = 0
    let turn = 0
    for (let band = 0; band < frame.length; band++) {
      const step = frame[band]! - previous[band]!
      change += Math.abs(step)
      if (before !== undefined) turn += Math.abs(step - (previous[band]! - before[band]!))
    }
    this.pairs += 1
    this.change += change / frame.length
    if (before !== undefined) {
      this.triples += 1
      this.turn += turn
      this.changeOfTriples += (change + this.lastChange) / 2
    }
    this.lastChange = change
  }

  get summary(): LowSummary {
    return {
      triples: this.triples,
      roughness: this.change / Math.max(1, this.pairs),
      curvature: this.changeOfTriples > 0 ? this.turn / this.changeOfTriples : 0,
    }
  }
}

/** The lowest value, and how many equal it. */
class Floor {
  value = Number.POSITIVE_INFINITY
  count = 0

  push(value: number, weight = 1): void {
    if (value < this.value - floorWidth) {
      this.value = value
      this.count = 0
    }
    if (value <= this.value + floorWidth) this.count += weight
  }
}

/** Collects a `ScaleSummary` frame by frame, in bounded memory. */
export class ScaleStatistics {
  private readonly all: FrameSums
  private readonly active: FrameSums
  private readonly low = new LowSums()
  private readonly floorOfAll = new Floor()
  private readonly floor = new Floor()
  private highest = Number.NEGATIVE_INFINITY
  private highestFrameMean = Number.NEGATIVE_INFINITY
  private below = 0
  private quiet = 0
  private previous: Float32Array | undefined
  private isPreviousActive = false
  private isPreviousLow = false

  constructor(melBands: number) {
    this.all = new FrameSums(melBands)
    this.active = new FrameSums(melBands)
  }

  /** @param frame its finite values, which are copied */
  push(frame: Float32Array): void {
    let sum = 0
    for (const value of frame) {
      sum += value
      if (value > this.highest) this.highest = value
      if (value < belowFloor) this.below += 1
    }
    const isPlain = frame.every((value) => value === frame[0])
    for (const value of frame) this.floorOfAll.push(value, isPlain ? 0 : 1)
    this.highestFrameMean = Math.max(this.highestFrameMean, sum / frame.length)
    this.all.push(frame, this.previous)
    const isActive = sum >= pauseMean * frame.length
    if (isActive) {
      this.active.push(frame, this.isPreviousActive ? this.previous : undefined)
      for (const value of frame) {
        if (value < pauseMean) this.quiet += 1
        this.floor.push(value)
      }
    }
    const isLow = isActive && sum <= this.active.mean * frame.length
    if (isLow) this.low.push(frame, this.isPreviousLow ? this.previous : undefined)
    this.isPreviousLow = isLow
    this.isPreviousActive = isActive
    this.previous = Float32Array.from(frame)
  }

  get summary(): ScaleSummary {
    const count = Math.max(1, this.active.values)
    return {
      ...this.active.summary,
      all: this.all.summary,
      lowest: this.floorOfAll.value,
      highest: this.highest,
      highestFrameMean: this.highestFrameMean,
      atLowest: this.floorOfAll.count,
      belowFloorShare: this.below / Math.max(1, this.all.values),
      quietShare: this.quiet / count,
      floorShare: this.floor.count / count,
      low: this.low.summary,
    }
  }
}
