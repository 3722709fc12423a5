import type { MelDescription } from './description.js'

/** Between the values of a convention and natural logarithms of its bands' sums, of samples from -1 to 1. */
export class ValueScale {
  private readonly factor: number
  private readonly offset: number
  private readonly range: readonly [number, number]
  private readonly logFloor: number
  private readonly isAdded: boolean
  private readonly fullScaleLog: number

  /** @param mel its mean and deviation are numbers */
  constructor(private readonly mel: MelDescription) {
    this.factor = mel.logBase === '10' ? mel.factor / Math.LN10 : mel.factor
    this.offset = mel.offset
    this.range = mel.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    this.logFloor = Math.log(mel.logFloor)
    this.isAdded = mel.floorIs === 'added'
    this.fullScaleLog = mel.power * Math.log(mel.fullScale)
  }

  /** Values beyond the range are clipped, as the systems that have one do. */
  toLog(value: number, band: number): number {
    const [lowest, highest] = this.range
    const scaled = value * this.of('deviation', band) + this.of('mean', band)
    const log = (Math.min(Math.max(scaled, lowest), highest) - this.offset) / this.factor
    return (this.isAdded ? this.withoutFloor(log) : log) - this.fullScaleLog
  }

  fromLog(log: number, band: number): number {
    const [lowest, highest] = this.range
    const ofSamples = log + this.fullScaleLog
    const floored = this.isAdded
      ? Math.log(Math.exp(ofSamples) + this.mel.logFloor)
      : Math.max(ofSamples, this.logFloor)
    const scaled = Math.min(Math.max(this.factor * floored + this.offset, lowest), highest)
    return (scaled - this.of('mean', band)) / this.of('deviation', band)
  }

  private withoutFloor(log: number): number {
    return log <= this.logFloor ? Number.NEGATIVE_INFINITY : log + Math.log1p(-Math.exp(this.logFloor - log))
  }

  private of(name: 'mean' | 'deviation', band: number): number {
    const value = this.mel[name]
    return Array.isArray(value) ? value[band]! : (value as number)
  }
}
