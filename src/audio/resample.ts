import { invalidArgument } from '../errors.js'

/**
 * How much of the band below the lower Nyquist frequency is passed (ripple below 0.001 dB), and by how much
 * everything above it is damped: standard 0.90 and 96 dB; high 0.95 and 120 dB, at 2.5 times the cost.
 */
export type ResamplerQuality = 'standard' | 'high'

const DESIGNS = {
  standard: { passband: 0.9, attenuation: 96 },
  high: { passband: 0.95, attenuation: 120 },
} as const

/** Rows of filter kept; a ratio with more phases interpolates. */
const maxRows = 1024

/**
 * Rows between which is interpolated: the lower the filter cuts off, the less it changes from one to the next, and the
 * error is (π/1024)²/8, -118 dB, with fewer rows of a longer filter too.
 */
const interpolatedRows = (lower: number) => Math.ceil(maxRows * lower)

/** Input samples taken in at once: bounds memory, whatever the length of a chunk. */
const BLOCK = 8192

/**
 * Band-limited resampling of a stream by a windowed sinc (Smith, "Digital Audio Resampling Home Page"), with
 * one row of taps for each phase of the rational ratio. Samples outside the signal count as zero, the
 * filter's delay is taken out, and n samples become round(n · toRate / fromRate). How the input is cut into
 * chunks makes no difference. Equal rates copy.
 */
export class Resampler {
  private readonly up: number
  private readonly down: number
  /** Taps on either side of an output sample, input samples. */
  private readonly half: number
  private readonly rows: Float64Array[]
  /** Whether there is no row for each phase. */
  private readonly isInterpolated: boolean
  private readonly history: Float64Array
  /** Input index of history[0]; the signal's past is silence. */
  private start: number
  private seen = 0
  private produced = 0

  /**
   * @param fromRate Hz, a positive integer
   * @param toRate Hz, a positive integer
   * @throws GlowcastError INVALID_ARGUMENT
   */
  constructor(fromRate: number, toRate: number, quality: ResamplerQuality = 'standard') {
    checkRate('fromRate', fromRate)
    checkRate('toRate', toRate)
    const divisor = greatestCommonDivisor(fromRate, toRate)
    this.up = toRate / divisor
    this.down = fromRate / divisor
    const lower = Math.min(1, toRate / fromRate)
    this.isInterpolated = this.up > maxRows
    const rowCount = this.isInterpolated ? interpolatedRows(lower) : this.up
    const { half, rows } = designFilter(rowCount, lower, quality)
    this.half = half
    this.rows = rows
    // After the end of the signal come up to half the taps and a step of silence.
    this.history = new Float64Array(BLOCK + 3 * this.half + Math.ceil(this.down / this.up) + 2)
    this.start = -this.half
  }

  /** Any number of samples -> the output samples that they settle. */
  push(chunk: Float32Array): Float32Array {
    if (this.up === this.down) return chunk.slice()
    const output = new Float32Array(this.settled(this.seen + chunk.length) - this.produced)
    let written = 0
    for (let from = 0; from < chunk.length; from += BLOCK) {
      const block = chunk.subarray(from, from + BLOCK)
      this.history.set(block, this.seen - this.start)
      this.seen += block.length
      written += this.produce(output, written, this.settled(this.seen))
    }
    return output
  }

  /** Ends the signal: the output samples that waited for what comes next. The resampler is then as new. */
  flush(): Float32Array {
    if (this.up === this.down) return new Float32Array(0)
    const total = Math.round((this.seen * this.up) / this.down)
    const output = new Float32Array(total - this.produced)
    this.history.fill(0, this.seen - this.start)
    this.produce(output, 0, total)
    this.history.fill(0)
    this.start = -this.half
    this.seen = 0
    this.produced = 0
    return output
  }

  /** How many input samples settle the first `outputs` (at least 1) output samples. */
  inputFor(outputs: number): number {
    if (this.up === this.down) return outputs
    return Math.ceil(((outputs - 1) * this.down) / this.up) + this.half + 1
  }

  /** Output samples that the first `seen` input samples determine, and that any signal so long has. */
  private settled(seen: number): number {
    const reached = Math.floor(((seen - 1 - this.half) * this.up) / this.down) + 1
    return Math.max(this.produced, Math.min(reached, Math.round((seen * this.up) / this.down)))
  }

  /** Computes the outputs up to index `stop` and forgets the input that no later one needs. */
  private produce(output: Float32Array, from: number, stop: number): number {
    const count = Math.max(0, stop - this.produced)
    for (let i = 0; i < count; i++) {
      const position = (this.produced + i) * this.down
      const base = Math.floor(position / this.up)
      output[from + i] = this.interpolate(base, (position - base * this.up) / this.up)
    }
    this.produced += count
    const first = Math.floor((this.produced * this.down) / this.up) - this.half + 1
    const drop = Math.min(first, this.seen) - this.start
    if (drop > 0) {
      this.history.copyWithin(0, drop, this.seen - this.start)
      this.start += drop
    }
    return count
  }

  /** The signal at `fraction` of a step past input sample `base`. */
  private interpolate(base: number, fraction: number): number {
    const offset = base - this.half + 1 - this.start
    if (!this.isInterpolated) return this.sum(this.rows[Math.round(fraction * this.up)]!, offset)
    const place = fraction * (this.rows.length - 1)
    const row = Math.floor(place)
    const share = place - row
    return (1 - share) * this.sum(this.rows[row]!, offset) + share * this.sum(this.rows[row + 1]!, offset)
  }

  private sum(taps: Float64Array, offset: number): number {
    const { history } = this
    // Two sums, as each addition waits for the one before it: nearly twice as fast; rows are even in length.
    let even = 0
    let odd = 0
    for (let i = 0; i < taps.length; i += 2) {
      even += taps[i]! * history[offset + i]!
      odd += taps[i + 1]! * history[offset + i + 1]!
    }
    return even + odd
  }
}

/**
 * A whole waveform at another rate: round(n · toRate / fromRate) samples.
 *
 * @throws GlowcastError INVALID_ARGUMENT for a rate that is no positive integer
 */
export function resample(
  waveform: Float32Array,
  fromRate: number,
  toRate: number,
  quality: ResamplerQuality = 'standard',
): Float32Array {
  const resampler = new Resampler(fromRate, toRate, quality)
  const first = resampler.push(waveform)
  const last = resampler.flush()
  const output = new Float32Array(first.length + last.length)
  output.set(first)
  output.set(last, first.length)
  return output
}

/**
 * The filter of a `Resampler` to a whole multiple of the rate: row r of 2 · half taps gives the signal r / factor of a
 * step past input sample n from the samples n - half + 1 … n + half.
 */
export function upsamplingFilter(factor: number): { rows: Float64Array[]; half: number } {
  const { half, rows } = designFilter(factor, 1, 'standard')
  return { rows: rows.slice(0, factor), half }
}

function designFilter(
  rowCount: number,
  lower: number,
  quality: ResamplerQuality,
): { rows: Float64Array[]; half: number } {
  const { passband, attenuation } = DESIGNS[quality]
  // Kaiser's length for a transition from the pass-band's edge to the lower Nyquist frequency.
  const half = Math.ceil((attenuation - 8) / (2 * 2.285 * Math.PI * (1 - passband) * lower))
  const cutoff = (lower * (1 + passband)) / 2
  return { half, rows: filterRows(rowCount, half, cutoff, 0.1102 * (attenuation - 8.7)) }
}

/**
 * Row r holds the taps for a sample r / count of a step past the input sample at tap half - 1. Each row is
 * scaled to pass a constant unchanged: the window's ripple would modulate it from phase to phase.
 */
function filterRows(count: number, half: number, cutoff: number, beta: number): Float64Array[] {
  const taps = new Float64Array(2 * half)
  return Array.from({ length: count + 1 }, (_, row) => {
    let sum = 0
    for (let tap = 0; tap < taps.length; tap++) {
      const distance = tap - half + 1 - row / count
      const angle = Math.PI * cutoff * distance
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle
      taps[tap] = sinc * besselI0(beta * Math.sqrt(Math.max(0, 1 - (distance / half) ** 2)))
      sum += taps[tap]!
    }
    return taps.map((tap) => tap / sum)
  })
}

/** Modified Bessel function of order 0 by its power series, which converges for any argument. */
function besselI0(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function checkRate(field: string, rate: number): void {
  if (!Number.isInteger(rate) || rate < 1) {
    throw invalidArgument(field, `${rate}`, 'a positive whole number of Hz')
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
