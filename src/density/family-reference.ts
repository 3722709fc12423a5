import { invertMatrix } from '../flow/matrix.js'
import { fitTail, type SurpriseTail, surpriseAt } from './surprise-tail.js'

/** How the values of one family spread over normal recordings, given how long these are. */
export interface FamilyReference {
  /** Only large values are unusual: the largest counts. Otherwise all of them, either way. */
  readonly isOneSided: boolean
  /** The mean goes on changing with lengths beyond those of the recordings: of what is largest in a recording. */
  readonly growsWithLength: boolean
  /** Logarithm of the length, mean over the recordings, that slopes are about. */
  readonly logLength: number
  /** The slopes were seen between these logarithms of the length, and hold no farther. */
  readonly logLengths: [shortest: number, longest: number]
  readonly mean: number[]
  /** Change of the mean with the logarithm of the length. */
  readonly slope: number[]
  readonly deviation: number[]
  /** Change of the logarithm of the deviation with the logarithm of the length. */
  readonly logDeviationSlope: number[]
  /** Inverse of the correlation matrix, row-major; empty when one-sided. */
  readonly precision: number[]
  readonly tail: SurpriseTail
}

/** A family's values in one recording. */
export interface FamilyItem {
  /** Natural logarithm of the recording's length, in any unit. */
  readonly logLength: number
  readonly values: readonly number[]
}

/** Off-diagonal correlations are shrunk by this share: some 100 recordings do not tell them exactly. */
const shrinkage = 0.1

/** Slopes are shrunk as if by lengths of this variance of the logarithm: recordings of one length tell none. */
const slopeShrinkage = 0.02

/** A statistic that never varies would make any change of it infinite; of one-sided ones, in dB or log counts, more. */
const leastDeviation = { twoSided: 1e-3, oneSided: 0.3 }

/** Share of the recordings at either end whose lengths are too few to tell a slope. */
const fewestLengths = 0.05

/** Parts of the recordings that are left out in turn, so that distances to what the others fit are honest. */
const folds = 5

export type FamilyKind = Pick<FamilyReference, 'isOneSided' | 'growsWithLength'>

/** @param items at least 20 recordings */
export function fitFamily(items: readonly FamilyItem[], kind: FamilyKind): FamilyReference {
  const distances = items.map((_, i) => i)
  for (let fold = 0; fold < folds; fold++) {
    const shape = fitShape(
      items.filter((_, i) => i % folds !== fold),
      kind,
    )
    for (let i = fold; i < items.length; i += folds) distances[i] = distance(shape, items[i]!)
  }
  return { ...fitShape(items, kind), tail: fitTail(distances) }
}

/** How unusual a family's values are: −ln of the share of normal recordings that are as far away or farther. */
export function familySurprise(reference: FamilyReference, item: FamilyItem): number {
  return surpriseAt(reference.tail, distance(reference, item))
}

type FamilyShape = Omit<FamilyReference, 'tail'>

function fitShape(items: readonly FamilyItem[], { isOneSided, growsWithLength }: FamilyKind): FamilyShape {
  const lengths = items.map(({ logLength }) => logLength)
  const size = items[0]!.values.length
  const dimensions = Array.from({ length: size }, (_, i) => i)
  const lines = dimensions.map((i) =>
    fitLine(
      lengths,
      items.map(({ values }) => values[i]!),
    ),
  )
  const least = isOneSided ? leastDeviation.oneSided : leastDeviation.twoSided
  const spreads = lines.map(({ residuals }) => {
    const all = Math.max(rootMeanSquare(residuals), least)
    if (isOneSided) return { deviation: all, slope: 0 }
    const { slope } = fitLine(
      lengths,
      residuals.map((residual) => Math.log(Math.abs(residual) + 1e-3 * all)),
    )
    const flattened = residuals.map(
      (residual, j) => residual * Math.exp(-slope * (lengths[j]! - mean(lengths))),
    )
    return { deviation: Math.max(rootMeanSquare(flattened), least), slope }
  })
  const shape = {
    isOneSided,
    growsWithLength,
    logLength: mean(lengths),
    logLengths: innerRange(lengths),
    mean: lines.map(({ level }) => level),
    slope: lines.map(({ slope }) => slope),
    deviation: spreads.map(({ deviation }) => deviation),
    logDeviationSlope: spreads.map(({ slope }) => slope),
    precision: [],
  }
  if (isOneSided) return shape
  const standardised = items.map((item) => standardise(shape, item))
  const correlation = new Float64Array(size * size)
  for (const a of dimensions) {
    for (const b of dimensions) {
      const sum = standardised.reduce((total, vector) => total + vector[a]! * vector[b]!, 0)
      correlation[a * size + b] = a === b ? 1 : ((1 - shrinkage) * sum) / items.length
    }
  }
  return { ...shape, precision: Array.from(invertMatrix(correlation, size).inverse) }
}

function standardise(shape: FamilyShape, { logLength, values }: FamilyItem): number[] {
  const [shortest, longest] = shape.logLengths
  const within = Math.min(Math.max(logLength, shortest), longest) - shape.logLength
  const longer = shape.growsWithLength ? logLength - shape.logLength : within
  return values.map((value, i) => {
    const expected = shape.mean[i]! + longer * shape.slope[i]!
    return (value - expected) / (shape.deviation[i]! * Math.exp(within * shape.logDeviationSlope[i]!))
  })
}

function innerRange(lengths: readonly number[]): [shortest: number, longest: number] {
  const sorted = [...lengths].sort((a, b) => a - b)
  const cut = Math.floor(fewestLengths * sorted.length)
  return [sorted[cut]!, sorted[sorted.length - 1 - cut]!]
}

/** Two-sided: Mahalanobis distance per dimension, about 1 for what is normal. One-sided: the largest deviation. */
function distance(shape: FamilyShape, item: FamilyItem): number {
  const standardised = standardise(shape, item)
  if (shape.isOneSided) return Math.max(...standardised)
  const size = standardised.length
  let sum = 0
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) sum += standardised[a]! * shape.precision[a * size + b]! * standardised[b]!
  }
  return Math.sqrt(Math.max(sum, 0) / size)
}

/** Least squares, with the slope shrunk: `level` is the value at the mean length. */
function fitLine(lengths: readonly number[], values: readonly number[]) {
  const [centre, level] = [mean(lengths), mean(values)]
  const covariance = mean(values.map((value, i) => (value - level) * (lengths[i]! - centre)))
  const slope = covariance / (mean(lengths.map((length) => (length - centre) ** 2)) + slopeShrinkage)
  const residuals = values.map((value, i) => value - level - slope * (lengths[i]! - centre))
  return { level, slope, residuals }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(mean(values.map((value) => value * value)))
}
