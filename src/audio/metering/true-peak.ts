import { upsamplingFilter } from '../resample.js'

/** ITU-R BS.1770-4, annex 2, asks for a rate of at least 192 kHz. */
const minRate = 192_000

/** Samples whose surroundings are looked at together. */
const blockLength = 16

/** Taps on either side of the place that is interpolated that are most of its sum, and nearly all of it. */
const nearTaps = 8
const wideTaps = 20

/** Largest size that a band-limited signal reaches between and at its samples, over a stream. */
export class TruePeakMeter {
  private readonly channels: ChannelPeak[]

  constructor(sampleRate: number, channels: number) {
    const factor = Math.max(1, Math.min(4, Math.ceil(minRate / sampleRate)))
    this.channels = Array.from({ length: channels }, () => new ChannelPeak(factor))
  }

  push(chunk: readonly Float32Array[]): void {
    this.channels.forEach((channel, index) => {
      channel.push(chunk[index]!)
    })
  }

  /** Ends the signal. @returns amplitude, 1 is full scale */
  flush(): number {
    return Math.max(0, ...this.channels.map((channel) => channel.flush()))
  }
}

/**
 * The peak of one channel. Between samples no sum of taps can be larger than the taps' sizes times the largest samples
 * around, nor further from the line between two samples than the signal bends around them, so that only places near the
 * highest peak so far need be interpolated: few, in most signals.
 */
class ChannelPeak {
  private readonly rows: Float64Array[]
  private readonly half: number
  /** Largest sum of the sizes of the near taps, of the others, and of those that are not even wide. */
  private readonly nearGain: number
  private readonly farGain: number
  private readonly outerGain: number
  private readonly line: LineBound
  /** Samples that wait for those behind them, after `half` samples that came before. */
  private held: Float32Array
  private highest = 0

  constructor(private readonly factor: number) {
    const { rows, half } = upsamplingFilter(factor)
    this.rows = rows
    this.half = half
    const gain = (isCounted: (tap: number) => boolean) =>
      Math.max(
        ...rows.map((taps) => taps.reduce((sum, tap, i) => sum + (isCounted(i) ? Math.abs(tap) : 0), 0)),
      )
    const isWithin = (reach: number, tap: number) => tap >= half - reach && tap < half + reach
    this.nearGain = gain((tap) => isWithin(nearTaps, tap))
    this.farGain = gain((tap) => !isWithin(nearTaps, tap))
    this.outerGain = gain((tap) => !isWithin(wideTaps, tap))
    const lines = rows.map((taps) => lineBound(taps, half))
    this.line = {
      lineGain: Math.max(...lines.map(({ lineGain }) => lineGain)),
      bendGain: Math.max(...lines.map(({ bendGain }) => bendGain)),
    }
    this.held = new Float32Array(half)
  }

  push(chunk: Float32Array): void {
    this.highest = Math.max(this.highest, largest(chunk, 0, chunk.length))
    if (this.factor === 1) return
    const { half } = this
    const samples = new Float32Array(this.held.length + chunk.length)
    samples.set(this.held)
    samples.set(chunk, this.held.length)
    let start = half
    for (; start + blockLength + half <= samples.length; start += blockLength) this.scan(samples, start)
    this.held = samples.slice(start - half)
  }

  flush(): number {
    // The signal is silent after its end; what waits is at most a block and half the taps.
    this.push(new Float32Array(2 * this.half + blockLength))
    return this.highest
  }

  /** Interpolates a block if it can hold a new peak. */
  private scan(samples: Float32Array, start: number): void {
    const { half, rows } = this
    const end = start + blockLength
    const around = largest(samples, start - half, end + half)
    const [far, outer] = [this.farGain * around, this.outerGain * around]
    if (far + this.nearGain * largest(samples, start - nearTaps - 1, end + nearTaps + 1) <= this.highest)
      return
    if (this.boundByBends(samples, start) <= this.highest) return
    for (let at = start; at < end; at++) {
      const first = at - half + 1
      for (const taps of rows) {
        const near = product(taps, samples, first, half - nearTaps, half + nearTaps)
        if (Math.abs(near) + far <= this.highest) continue
        const wide =
          product(taps, samples, first, half - wideTaps, half - nearTaps) +
          product(taps, samples, first, half + nearTaps, half + wideTaps)
        if (Math.abs(near + wide) + outer <= this.highest) continue
        const before = product(taps, samples, first, 0, half - nearTaps)
        const behind = product(taps, samples, first, half + nearTaps, 2 * half)
        this.highest = Math.max(this.highest, Math.abs(before + near + behind))
      }
    }
  }

  /** What a block's interpolated places cannot exceed: tight where the signal is smooth, as most speech is. */
  private boundByBends(samples: Float32Array, start: number): number {
    const end = start + blockLength
    const { lineGain, bendGain } = this.line
    return (
      lineGain * largest(samples, start, end + 1) +
      bendGain * largestBend(samples, start - this.half + 1, end + this.half)
    )
  }
}

interface LineBound {
  /** Sum of the sizes of two taps that give the same as all for each straight line. */
  readonly lineGain: number
  /** Sum of the sizes of what the others add to each second difference. */
  readonly bendGain: number
}

function lineBound(taps: Float64Array, half: number): LineBound {
  const sum = taps.reduce((total, tap) => total + tap, 0)
  const second = taps.reduce((total, tap, i) => total + tap * (i - half + 1), 0)
  const rest = taps.slice()
  rest[half - 1]! -= sum - second
  rest[half]! -= second
  // The rest gives 0 for a line: summed up twice, it is the taps of second differences.
  let [once, twice, bendGain] = [0, 0, 0]
  for (const tap of rest) {
    once += tap
    twice += once
    bendGain += Math.abs(twice)
  }
  return { lineGain: Math.abs(sum - second) + Math.abs(second), bendGain }
}

/** Sum of taps [from, to), an even number, times the samples under them. */
function product(taps: Float64Array, samples: Float32Array, first: number, from: number, to: number): number {
  // Two sums, as each addition waits for the one before it.
  let [even, odd] = [0, 0]
  for (let i = from; i < to; i += 2) {
    even += taps[i]! * samples[first + i]!
    odd += taps[i + 1]! * samples[first + i + 1]!
  }
  return even + odd
}

/** Largest size of the second differences of samples [from, to). */
function largestBend(samples: Float32Array, from: number, to: number): number {
  let highest = 0
  for (let i = from + 1; i < to - 1; i++) {
    const size = Math.abs(samples[i - 1]! - 2 * samples[i]! + samples[i + 1]!)
    if (size > highest) highest = size
  }
  return highest
}

function largest(samples: Float32Array, from: number, to: number): number {
  let highest = 0
  for (let i = from; i < to; i++) {
    const size = Math.abs(samples[i]!)
    if (size > highest) highest = size
  }
  return highest
}
