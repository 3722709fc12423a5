import { decibels, mean } from '../../numeric/stats.js'

/** One second-order section, run over a stream. */
class Biquad {
  private x1 = 0
  private x2 = 0
  private y1 = 0
  private y2 = 0

  constructor(
    private readonly b: readonly [number, number, number],
    private readonly a: readonly [number, number],
  ) {}

  next(x: number): number {
    const y =
      this.b[0] * x + this.b[1] * this.x1 + this.b[2] * this.x2 - this.a[0] * this.y1 - this.a[1] * this.y2
    this.x2 = this.x1
    this.x1 = x
    this.y2 = this.y1
    this.y1 = y
    return y
  }
}

/**
 * The two stages of K-weighting for any rate: the bilinear transforms of the analogue filters behind the 48 kHz
 * coefficients that the recommendation tabulates.
 */
function kWeighting(sampleRate: number): { shelf: Biquad; highPass: Biquad } {
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRate)
  const q = 0.7071752369554196
  const high = 10 ** (3.999843853973347 / 20)
  const band = high ** 0.4996667741545416
  const a0 = 1 + k / q + k * k
  const shelf = new Biquad(
    [(high + (band * k) / q + k * k) / a0, (2 * (k * k - high)) / a0, (high - (band * k) / q + k * k) / a0],
    [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0],
  )
  const k2 = Math.tan((Math.PI * 38.13547087602444) / sampleRate)
  const q2 = 0.5003270373238773
  const c0 = 1 + k2 / q2 + k2 * k2
  const highPass = new Biquad([1, -2, 1], [(2 * (k2 * k2 - 1)) / c0, (1 - k2 / q2 + k2 * k2) / c0])
  return { shelf, highPass }
}

/** Steps of 100 ms; a gating block is four of them, 400 ms, overlapping by three. */
const stepSeconds = 0.1
const stepsPerBlock = 4
const absoluteGateLufs = -70
const relativeGateLu = -10

/** Weight of each channel: in 5 or 6 channels the surrounds count 1.41 and the low-frequency channel nothing. */
function channelWeights(channels: number): number[] {
  if (channels === 5) return [1, 1, 1, 1.41, 1.41]
  if (channels === 6) return [1, 1, 1, 0, 1.41, 1.41]
  return Array<number>(channels).fill(1)
}

function lufs(power: number): number {
  return -0.691 + decibels(power)
}

/**
 * Integrated loudness of a stream (EBU R 128; ITU-R BS.1770-4, annex 1): K-weighted power of 400 ms blocks, gated at
 * −70 LUFS and then 10 LU below the mean of what is left. Keeps one number for each 100 ms.
 */
export class LoudnessMeter {
  private readonly filters: { shelf: Biquad; highPass: Biquad }[]
  private readonly weights: number[]
  private readonly stepPowers: number[] = []
  private stepEnd: number
  private power = 0
  private position = 0
  private stepStart = 0

  constructor(
    private readonly sampleRate: number,
    channels: number,
  ) {
    this.filters = Array.from({ length: channels }, () => kWeighting(sampleRate))
    this.weights = channelWeights(channels)
    this.stepEnd = Math.round(stepSeconds * sampleRate)
  }

  /** @param chunk equally long arrays, one a channel */
  push(chunk: readonly Float32Array[]): void {
    const length = chunk[0]?.length ?? 0
    for (let i = 0; i < length; i++) {
      for (let channel = 0; channel < this.filters.length; channel++) {
        const { shelf, highPass } = this.filters[channel]!
        const y = highPass.next(shelf.next(chunk[channel]![i]!))
        this.power += this.weights[channel]! * y * y
      }
      if (++this.position === this.stepEnd) this.endStep()
    }
  }

  /** LUFS; null when no block passes the gate (silence) or the signal is shorter than 400 ms. */
  integrated(): number | null {
    const blocks: number[] = []
    for (let step = stepsPerBlock; step <= this.stepPowers.length; step++) {
      blocks.push(mean(this.stepPowers.slice(step - stepsPerBlock, step)))
    }
    const audible = blocks.filter((power) => lufs(power) > absoluteGateLufs)
    if (audible.length === 0) return null
    const gate = lufs(mean(audible)) + relativeGateLu
    return lufs(mean(audible.filter((power) => lufs(power) > gate)))
  }

  private endStep(): void {
    this.stepPowers.push(this.power / (this.stepEnd - this.stepStart))
    this.power = 0
    this.stepStart = this.stepEnd
    // Rounded anew at each step, so that rates that are no multiple of 10 do not drift.
    this.stepEnd = Math.round(stepSeconds * (this.stepPowers.length + 1) * this.sampleRate)
  }
}
