import { invertMatrix } from '../../../../src/numeric/matrix.js'
import { RandomStream } from '../../../../src/numeric/random.js'

export interface MixtureOptions {
  readonly components: number
  readonly covariance: 'diagonal' | 'full'
  readonly seed: number
}

interface Component {
  logWeight: number
  mean: Float64Array
  /** Row-major; of a diagonal one its diagonal alone. */
  precision: Float64Array
  /** log of the density at the mean. */
  logPeak: number
}

const iterations = 8
/** Added to every variance, nats²: some thousand patches do not tell a covariance exactly. */
const floor = 0.05
const maxRows = 1000

/** A Gaussian mixture by expectation and maximisation, from rows drawn by seed. @returns log-density of a row */
export function gaussianMixture(
  all: readonly Float64Array[],
  { components, covariance, seed }: MixtureOptions,
): (row: Float64Array) => number {
  const step = Math.max(1, all.length / maxRows)
  const rows = Array.from({ length: Math.floor(all.length / step) }, (_, i) => all[Math.floor(i * step)]!)
  const random = new RandomStream(seed, 31)
  const isFull = covariance === 'full'
  // Every row belongs to the nearest of a few that were drawn.
  const centres = Array.from({ length: components }, () => rows[random.integer(rows.length)]!)
  let shares: number[][] = rows.map((row) => {
    const distances = centres.map((centre) => squaredDistance(row, centre))
    const nearest = distances.indexOf(Math.min(...distances))
    return centres.map((_, i) => (i === nearest ? 1 : 0))
  })
  let mixture: Component[] = []
  for (let iteration = 0; iteration < iterations; iteration++) {
    mixture = centres.map((_, i) => componentOf(rows, (row) => shares[row]![i]!, isFull))
    shares = rows.map((row) => {
      const terms = mixture.map((component) => logDensity(component, row, isFull))
      const total = logSum(terms)
      return terms.map((term) => Math.exp(term - total))
    })
  }
  return (row) => logSum(mixture.map((component) => logDensity(component, row, isFull)))
}

function componentOf(
  rows: readonly Float64Array[],
  shareOf: (row: number) => number,
  isFull: boolean,
): Component {
  const size = rows[0]!.length
  // A component that lost all its rows keeps a trace of them, so that nothing is divided by zero.
  const weight = rows.reduce((sum, _, row) => sum + shareOf(row), 1e-6)
  const mean = new Float64Array(size)
  for (const [i, row] of rows.entries()) {
    const share = shareOf(i) / weight
    for (let a = 0; a < size; a++) mean[a]! += share * row[a]!
  }
  const spread = new Float64Array(isFull ? size * size : size)
  for (const [i, row] of rows.entries()) {
    const share = shareOf(i) / weight
    if (share < 1e-9) continue
    for (let a = 0; a < size; a++) {
      const left = share * (row[a]! - mean[a]!)
      if (!isFull) spread[a]! += left * (row[a]! - mean[a]!)
      else for (let b = 0; b < size; b++) spread[a * size + b]! += left * (row[b]! - mean[b]!)
    }
  }
  for (let a = 0; a < size; a++) spread[isFull ? a * size + a : a]! += floor
  const inverted = isFull
    ? invertMatrix(spread, size)
    : { inverse: spread.map((value) => 1 / value), logAbsDet: spread.reduce((s, v) => s + Math.log(v), 0) }
  return {
    logWeight: Math.log(weight / rows.length),
    mean,
    precision: inverted.inverse,
    logPeak: -0.5 * (inverted.logAbsDet + size * Math.log(2 * Math.PI)),
  }
}

function logDensity(component: Component, row: Float64Array, isFull: boolean): number {
  const { mean, precision, logWeight, logPeak } = component
  const size = row.length
  let distance = 0
  for (let a = 0; a < size; a++) {
    const left = row[a]! - mean[a]!
    if (!isFull) distance += precision[a]! * left * left
    else for (let b = 0; b < size; b++) distance += left * precision[a * size + b]! * (row[b]! - mean[b]!)
  }
  return logWeight + logPeak - 0.5 * distance
}

function logSum(terms: readonly number[]): number {
  const highest = Math.max(...terms)
  return highest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - highest), 0))
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)
}
