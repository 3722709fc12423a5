import { hannWindow } from '../../spectral/stft.js'
import { type BandRow, bankRows } from './analyse.js'
import type { MelDescription } from './description.js'

/** The axis on which two banks are compared. */
const stepHz = 5
/** Rounds of coordinate descent; a band overlaps with few others, so that they settle soon. */
const rounds = 200

/** A band as bins of gain, from its first. */
interface Band {
  readonly first: number
  readonly gains: readonly number[]
  readonly sum: number
}

/** Values every `stepHz`, the first at `start * stepHz`. */
interface Shape {
  readonly start: number
  readonly values: Float64Array
}

/** What of the bands of one bank makes a band of another. */
interface BandMix {
  readonly sources: readonly number[]
  readonly weights: readonly number[]
}

/**
 * Sums of the bands of a convention from those of another, of the same frame: each band of the target is a sum of bands of the
 * source, with weights that are not negative, whose shape over frequency is nearest to its own in the sense of least squares.
 * A flat spectrum is kept as it is. Of energies the root of the mean stands for the mean magnitude.
 */
export class BankMap {
  private readonly bands: readonly Band[]
  private readonly shapes: readonly Shape[]
  private readonly mixes: readonly BandMix[]

  constructor(
    private readonly from: MelDescription,
    to: MelDescription,
  ) {
    const gain = windowSum(to) / windowSum(from)
    this.bands = bankRows(from).map((row) => bandOf(row, from))
    this.shapes = this.bands.map((band) => shapeOf(band, from, 1 / Math.max(band.sum, Number.MIN_VALUE)))
    this.mixes = bankRows(to).map((row) => this.mixFor(shapeOf(bandOf(row, to), to, gain)))
  }

  /**
   * @param logs natural logarithms of the sums of the source's bands
   * @param target those of the target's bands
   */
  apply(logs: ArrayLike<number>, target: Float32Array): void {
    const { power } = this.from
    const means = this.bands.map(({ sum }, band) => Math.exp((logs[band]! - Math.log(sum)) / power))
    this.mixes.forEach(({ sources, weights }, band) => {
      target[band] = Math.log(sources.reduce((all, source, i) => all + weights[i]! * means[source]!, 0))
    })
  }

  private mixFor(wanted: Shape): BandMix {
    const overlapping = this.shapes.flatMap((shape, band) => (dot(shape, wanted) > 0 ? [band] : []))
    const sources = overlapping.length > 0 ? overlapping : [this.nearestTo(wanted)]
    const gram = sources.map((a) => sources.map((b) => dot(this.shapes[a]!, this.shapes[b]!)))
    const products = sources.map((band) => dot(this.shapes[band]!, wanted))
    const weights = overlapping.length > 0 ? leastSquares(gram, products) : [1]
    const reached = sources.reduce((all, band, i) => all + weights[i]! * total(this.shapes[band]!), 0)
    const level = total(wanted) / reached
    return { sources, weights: weights.map((weight) => weight * level) }
  }

  private nearestTo(wanted: Shape): number {
    const centre = centreOf(wanted)
    let nearest = 0
    let distance = Number.POSITIVE_INFINITY
    for (const [band, shape] of this.shapes.entries()) {
      const away = Math.abs(centreOf(shape) - centre)
      if (away < distance) {
        distance = away
        nearest = band
      }
    }
    return nearest
  }
}

/** Weights that are not negative, by coordinate descent. */
function leastSquares(gram: readonly (readonly number[])[], products: readonly number[]): number[] {
  const weights = products.map(() => 0)
  for (let round = 0; round < rounds; round++) {
    for (const [i, row] of gram.entries()) {
      const rest = row.reduce((left, value, j) => left - (j === i ? 0 : value * weights[j]!), products[i]!)
      weights[i] = Math.max(0, rest / row[i]!)
    }
  }
  return weights
}

function dot(a: Shape, b: Shape): number {
  const start = Math.max(a.start, b.start)
  const end = Math.min(a.start + a.values.length, b.start + b.values.length)
  let sum = 0
  for (let n = start; n < end; n++) sum += a.values[n - a.start]! * b.values[n - b.start]!
  return sum
}

function total({ values }: Shape): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** NaN of a band without bins, which is nearest to none. */
function centreOf(shape: Shape): number {
  return shape.values.reduce((sum, value, i) => sum + (shape.start + i) * value, 0) / total(shape)
}

function windowSum({ winLength, fullScale }: MelDescription): number {
  return fullScale * hannWindow(winLength).reduce((sum, value) => sum + value, 0)
}

/** Of each bin its weight, times what pre-emphasis makes of it. */
function bandOf({ first, weights }: BandRow, { preEmphasis: k, fftSize, power }: MelDescription): Band {
  const gains = Array.from(weights, (weight, i) => {
    const cosine = Math.cos((2 * Math.PI * (first + i)) / fftSize)
    return weight * (1 - 2 * k * cosine + k * k) ** (power / 2)
  })
  return { first, gains, sum: gains.reduce((sum, gain) => sum + gain, 0) }
}

/** A band over frequency, times a gain; between two bins a magnitude runs straight from one to the other. */
function shapeOf({ first, gains }: Band, mel: MelDescription, gain: number): Shape {
  const binHz = mel.sampleRate / mel.fftSize
  const start = Math.max(0, Math.ceil(((first - 1) * binHz) / stepHz))
  const end = Math.ceil(((first + gains.length) * binHz) / stepHz)
  const values = Float64Array.from({ length: end - start }, (_, i) => {
    const bin = ((start + i) * stepHz) / binHz - first
    const below = Math.floor(bin)
    const share = bin - below
    return (gain * ((1 - share) * (gains[below] ?? 0) + share * (gains[below + 1] ?? 0))) / binHz
  })
  return { start, values }
}
