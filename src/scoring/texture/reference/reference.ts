import { invalidDataset } from '../../../errors.js'
import { mean, populationStd, sum } from '../../../numeric/stats.js'
import { plural } from '../../../plural.js'
import {
  type FeatureGroupItem,
  type FeatureGroupReference,
  featureSurprisal,
  fitFeatureGroup,
} from '../../statistics/feature-reference.js'
import { frameParts } from '../features/latent-statistics.js'
import {
  type FeatureGroup,
  featureGroupNames,
  growsWithLength,
  isOneSided,
  scoredFeatureGroups,
  type TextureStatistics,
} from '../features/statistics.js'

/** What is normal: fitted once, then fixed, so that the score is a fixed function of a recording. */
export interface TextureReference {
  readonly featureGroups: Readonly<Record<FeatureGroup, FeatureGroupReference>>
  /** Of a frame's level in each quarter of the spectrum. */
  readonly frames: FrameReference[]
}

interface FrameReference {
  readonly mean: number
  readonly deviation: number
}

/** Fewer say too little about 8-dimensional feature groups. */
export const minRecordings = 20

/**
 * @param recordings the first statistics of each are of the recording itself, others of its variants
 * @throws GlowcastError INVALID_DATASET for fewer than 20 recordings
 */
export function fitReference(recordings: readonly (readonly TextureStatistics[])[]): TextureReference {
  if (recordings.length < minRecordings) {
    const got = `${plural(recordings.length, 'recording')} to fit the reference`
    throw invalidDataset('recordings', got, `at least ${minRecordings}`)
  }
  const featureGroups = Object.fromEntries(
    featureGroupNames.map((name) => [
      name,
      fitFeatureGroup(
        recordings.map((copies) => copies.map((entry) => itemOf(entry, entry.featureGroups[name]))),
        { isOneSided: isOneSided(name), growsWithLength: growsWithLength(name) },
      ),
    ]),
  )
  const frames = Array.from({ length: frameParts }, (_, part) =>
    spread(
      recordings.flatMap(([recording]) =>
        Array.from(recording!.frameLevels).filter((_, i) => i % frameParts === part),
      ),
    ),
  )
  return {
    featureGroups: featureGroups as Record<FeatureGroup, FeatureGroupReference>,
    frames,
  }
}

/** Values of a recording, with what they change with. */
export function itemOf(
  { logLevel, frameLevels }: TextureStatistics,
  values: readonly number[],
): FeatureGroupItem {
  return { logLength: Math.log(frameLevels.length / frameParts), logLevel, values }
}

/**
 * How unusual each feature group is: −ln of the share of reference recordings of that length and level that are as far from
 * normal, or farther; 0.7 for every second recording, 4.6 for one in a hundred.
 */
export function featureSurprisals(
  reference: TextureReference,
  statistics: TextureStatistics,
): Record<FeatureGroup, number> {
  const entries = featureGroupNames.map((name) => [
    name,
    featureSurprisal(reference.featureGroups[name], itemOf(statistics, statistics.featureGroups[name])),
  ])
  return Object.fromEntries(entries) as Record<FeatureGroup, number>
}

/**
 * The score of a recording: 2 log Σ p^(−½) of the feature groups' tail probabilities p, their generalised mean of exponent −½
 * (V. Vovk, R. Wang, "Combining p-values via averaging", 2020), so that one feature group far from normal decides, and
 * several that are a little off count together.
 *
 * @param surprisals −ln p of the feature groups
 */
export function combinedSurprisal(surprisals: readonly number[]): number {
  const highest = Math.max(...surprisals)
  return highest + 2 * Math.log(sum(surprisals.map((value) => Math.exp((value - highest) / 2))))
}

export function textureScore(surprisals: Readonly<Record<FeatureGroup, number>>): number {
  return combinedSurprisal(scoredFeatureGroups.map((name) => surprisals[name]))
}

/** Of each mel frame, how far its level is from normal in the quarter of the spectrum where it is farthest; signed. */
export function frameDeviations(
  { frames }: TextureReference,
  { frameLevels }: TextureStatistics,
): Float64Array {
  const result = new Float64Array(frameLevels.length / frameParts)
  for (let i = 0; i < frameLevels.length; i++) {
    const { mean, deviation } = frames[i % frameParts]!
    const value = (frameLevels[i]! - mean) / deviation
    const frame = Math.floor(i / frameParts)
    if (Math.abs(value) > Math.abs(result[frame]!)) result[frame] = value
  }
  return result
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  // Levels that never vary would make any change of them infinite.
  return { mean: mean(values), deviation: Math.max(populationStd(values), 1e-3) }
}
