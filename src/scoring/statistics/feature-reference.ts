import { invertMatrix } from '../../numeric/matrix.js'
import { fitPlane, type Plane, planeAt } from '../../numeric/ridge-regression.js'
import { mean as meanOf, rms } from '../../numeric/stats.js'
import { fitTail, type SurprisalTail, surprisalAt } from './tail.js'

/** How the values of one feature group spread over normal recordings, given how long and how loud these are. */
export interface FeatureGroupReference extends FeatureGroupKind {
  readonly length: Covariate
  readonly level: Covariate
  /** Of each value, its mean as a plane over the `terms` of a recording. */
  readonly mean: Plane[]
  /** Of each value, the logarithm of its deviation as a plane over them. */
  readonly logDeviation: Plane[]
  /** Inverse of the correlation matrix, row-major; empty when one-sided. */
  readonly precision: number[]
  readonly tail: SurprisalTail
}

export interface FeatureGroupKind {
  /** Only large values are unusual: the largest counts. Otherwise all of them, either way. */
  readonly isOneSided: boolean
  /** The mean goes on changing with lengths beyond those of the recordings: of what is largest in a recording. */
  readonly growsWithLength: boolean
}

/** What the values change with, as a logarithm. */
interface Covariate {
  /** Mean over the recordings, that slopes are about. */
  readonly centre: number
  /** The slopes were seen between these, and hold no farther. */
  readonly range: [lowest: number, highest: number]
}

/** A feature group's values in one recording. */
export interface FeatureGroupItem {
  /** Natural logarithm of the recording's length, in any unit. */
  readonly logLength: number
  /** Natural logarithm of its root mean square. */
  readonly logLevel: number
  readonly values: readonly number[]
}

/** Off-diagonal correlations are shrunk by this share: some 100 recordings do not tell them exactly. */
const shrinkage = 0.1

/** Slopes are shrunk as if by terms of this variance: recordings of one length or one level tell none. */
const slopeShrinkage = 0.02

/** A statistic that never varies would make any change of it infinite; of one-sided ones, in dB or log counts, more. */
const minDeviation = { twoSided: 1e-3, oneSided: 0.3 }

/** Share of the recordings at either end whose lengths or levels are too few to tell a slope. */
const fewest = 0.05

/** Parts of the recordings that are left out in turn, so that distances to what the others fit are honest. */
const folds = 5

/**
 * @param recordings at least 20, each one item for every level at which it was measured
 */
export function fitFeatureGroup(
  recordings: readonly (readonly FeatureGroupItem[])[],
  kind: FeatureGroupKind,
): FeatureGroupReference {
  const distances: number[] = []
  for (let fold = 0; fold < folds; fold++) {
    const shape = fitShape(recordings.filter((_, i) => i % folds !== fold).flat(), kind)
    for (let i = fold; i < recordings.length; i += folds) {
      distances.push(...recordings[i]!.map((item) => distance(shape, item)))
    }
  }
  return { ...fitShape(recordings.flat(), kind), tail: fitTail(distances) }
}

/** How unusual a feature group's values are: −ln of the share of normal recordings that are as far away or farther. */
export function featureSurprisal(reference: FeatureGroupReference, item: FeatureGroupItem): number {
  return surprisalAt(reference.tail, distance(reference, item))
}

/** Mean of a feature group's values in recordings of middling length and level. */
export function middleOf({ mean }: FeatureGroupReference): number[] {
  return mean.map(({ intercept }) => intercept)
}

type FeatureGroupShape = Omit<FeatureGroupReference, 'tail'>

function fitShape(items: readonly FeatureGroupItem[], kind: FeatureGroupKind): FeatureGroupShape {
  const size = items[0]!.values.length
  const dimensions = Array.from({ length: size }, (_, i) => i)
  const length = covariateOf(items.map(({ logLength }) => logLength))
  const level = covariateOf(items.map(({ logLevel }) => logLevel))
  const rows = items.map((item) => terms({ length, level }, item))
  const mean = dimensions.map((i) =>
    fitPlane(
      rows,
      items.map(({ values }) => values[i]!),
      slopeShrinkage,
    ),
  )
  const logDeviation = mean.map((plane, i) => {
    const residuals = items.map(({ values }, j) => values[i]! - planeAt(plane, rows[j]!))
    return fitLogDeviation(rows, residuals, kind)
  })
  const shape = { ...kind, length, level, mean, logDeviation, precision: [] }
  if (kind.isOneSided) return shape
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

function fitLogDeviation(
  rows: readonly number[][],
  residuals: readonly number[],
  { isOneSided }: FeatureGroupKind,
): Plane {
  const least = isOneSided ? minDeviation.oneSided : minDeviation.twoSided
  const all = Math.max(rms(residuals), least)
  if (isOneSided) return { intercept: Math.log(all), slopes: rows[0]!.map(() => 0) }
  const logSizes = residuals.map((residual) => Math.log(Math.abs(residual) + 1e-3 * all))
  const { slopes } = fitPlane(rows, logSizes, slopeShrinkage)
  const flattened = residuals.map(
    (residual, j) => residual / Math.exp(planeAt({ intercept: 0, slopes }, rows[j]!)),
  )
  return { intercept: Math.log(Math.max(rms(flattened), least)), slopes }
}

/** Both covariates about their centres, within what was seen, and the square of the level: rounding is a floor. */
function terms(
  { length, level }: Pick<FeatureGroupShape, 'length' | 'level'>,
  item: FeatureGroupItem,
): number[] {
  const within = ({ centre, range: [lowest, highest] }: Covariate, value: number) =>
    Math.min(Math.max(value, lowest), highest) - centre
  const louder = within(level, item.logLevel)
  return [within(length, item.logLength), louder, louder * louder]
}

function standardise(shape: FeatureGroupShape, item: FeatureGroupItem): number[] {
  const within = terms(shape, item)
  const grown = shape.growsWithLength ? [item.logLength - shape.length.centre, ...within.slice(1)] : within
  return item.values.map((value, i) => {
    const deviation = Math.exp(planeAt(shape.logDeviation[i]!, within))
    return (value - planeAt(shape.mean[i]!, grown)) / deviation
  })
}

function covariateOf(values: readonly number[]): Covariate {
  const sorted = [...values].sort((a, b) => a - b)
  const cut = Math.floor(fewest * sorted.length)
  const centre = meanOf(values)
  return { centre, range: [sorted[cut]!, sorted[sorted.length - 1 - cut]!] }
}

/** Two-sided: Mahalanobis distance per dimension, about 1 for what is normal. One-sided: the largest deviation. */
function distance(shape: FeatureGroupShape, item: FeatureGroupItem): number {
  const standardised = standardise(shape, item)
  if (shape.isOneSided) return Math.max(...standardised)
  const size = standardised.length
  let sum = 0
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) sum += standardised[a]! * shape.precision[a * size + b]! * standardised[b]!
  }
  return Math.sqrt(Math.max(sum, 0) / size)
}
