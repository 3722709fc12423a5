import { GlowcastError } from '../errors.js'
import { invertMatrix } from '../flow/matrix.js'
import { extremeParts } from './latent-statistics.js'
import { familyNames, type StatisticFamily, type TextureStatistics } from './texture-statistics.js'

/** How the values of one family spread over normal recordings. */
export interface FamilyReference {
  readonly mean: number[]
  readonly deviation: number[]
  /** Inverse of the correlation matrix, row-major. */
  readonly precision: number[]
  /** Mean and deviation of the logarithm of the distance below, over the same recordings. */
  readonly logDistance: [mean: number, deviation: number]
}

/** What is normal: fitted once, then fixed, so that the score is a fixed function of a recording. */
export interface TextureReference {
  readonly families: Readonly<Record<StatisticFamily, FamilyReference>>
  /** Of a frame's level in each quarter of the spectrum. */
  readonly frames: FrameReference[]
}

export interface FrameReference {
  readonly mean: number
  readonly deviation: number
}

/** Off-diagonal correlations are shrunk by this share: some 100 recordings do not tell them exactly. */
const shrinkage = 0.1

/** Fewer say too little about 8-dimensional families. */
const fewestRecordings = 20

/** A statistic that never varies would make any change of it infinite. */
const leastDeviation = 1e-3

/** @throws GlowcastError INVALID_DATASET for fewer than 20 recordings */
export function fitReference(statistics: readonly TextureStatistics[]): TextureReference {
  if (statistics.length < fewestRecordings) {
    const got = `${statistics.length} recordings to fit the reference`
    throw new GlowcastError('INVALID_DATASET', '--data', got, `at least ${fewestRecordings}`)
  }
  const families = Object.fromEntries(
    familyNames.map((name) => [name, fitFamily(statistics.map(({ families }) => families[name]))]),
  )
  const frames = Array.from({ length: extremeParts }, (_, part) =>
    spread(
      statistics.flatMap(({ frameLevels }) =>
        Array.from(frameLevels).filter((_, i) => i % extremeParts === part),
      ),
    ),
  )
  return {
    families: families as Record<StatisticFamily, FamilyReference>,
    frames,
  }
}

function fitFamily(vectors: readonly (readonly number[])[]): FamilyReference {
  const size = vectors[0]!.length
  const spreads = Array.from({ length: size }, (_, i) => spread(vectors.map((vector) => vector[i]!)))
  const mean = spreads.map((entry) => entry.mean)
  const deviation = spreads.map((entry) => entry.deviation)
  const standardised = vectors.map((vector) => vector.map((x, i) => (x - mean[i]!) / deviation[i]!))
  const correlation = new Float64Array(size * size)
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      const sum = standardised.reduce((total, vector) => total + vector[a]! * vector[b]!, 0)
      correlation[a * size + b] = a === b ? 1 : ((1 - shrinkage) * sum) / vectors.length
    }
  }
  const precision = Array.from(invertMatrix(correlation, size).inverse)
  const bare: FamilyReference = { mean, deviation, precision, logDistance: [0, 1] }
  const distances = spread(vectors.map((vector) => Math.log(distance(bare, vector))))
  return { ...bare, logDistance: [distances.mean, distances.deviation] }
}

/** Mahalanobis distance per dimension: about 1 for what is normal, whichever way it deviates. */
function distance({ mean, deviation, precision }: FamilyReference, vector: readonly number[]): number {
  const size = vector.length
  const standardised = vector.map((x, i) => (x - mean[i]!) / deviation[i]!)
  let sum = 0
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) sum += standardised[a]! * precision[a * size + b]! * standardised[b]!
  }
  return Math.max(Math.sqrt(Math.max(sum, 0) / size), leastDeviation)
}

/** How far each family is from normal: log distance in deviations of the reference's; about 0 ± 1 where normal. */
export function familyDeviations(
  reference: TextureReference,
  { families }: TextureStatistics,
): Record<StatisticFamily, number> {
  const entries = familyNames.map((name) => {
    const [mean, deviation] = reference.families[name].logDistance
    return [name, (Math.log(distance(reference.families[name], families[name])) - mean) / deviation]
  })
  return Object.fromEntries(entries) as Record<StatisticFamily, number>
}

/**
 * The score of a recording: log Σ exp of the families' deviations, so that one family far from normal counts, and
 * several a little off count together.
 */
export function textureScore(deviations: Readonly<Record<StatisticFamily, number>>): number {
  const values = familyNames.map((name) => deviations[name])
  const highest = Math.max(...values)
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0))
}

/** Of each mel frame, how far its level is from normal in the quarter of the spectrum where it is farthest; signed. */
export function frameDeviations(
  { frames }: TextureReference,
  { frameLevels }: TextureStatistics,
): Float64Array {
  const result = new Float64Array(frameLevels.length / extremeParts)
  for (let i = 0; i < frameLevels.length; i++) {
    const { mean, deviation } = frames[i % extremeParts]!
    const value = (frameLevels[i]! - mean) / deviation
    const frame = Math.floor(i / extremeParts)
    if (Math.abs(value) > Math.abs(result[frame]!)) result[frame] = value
  }
  return result
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.max(Math.sqrt(variance), leastDeviation) }
}
