import type { Latents } from '../../../likelihood/likelihood.js'
import { rms } from '../../../numeric/stats.js'
import { latentMoments } from './latent-moments.js'
import {
  bandEchoCorrelation,
  bandKurtosis,
  bandLagCorrelation,
  bandLevels,
  frameParts,
  groupSquares,
  lowBins,
  typicality,
} from './latent-statistics.js'
import { type EventMeasure, type SoundMeasures, soundMeasureNames } from './sound-measures.js'

/** Statistics of the latents: unusual on either side of what is normal. */
const latentFeatures = {
  levels: bandLevels,
  kurtosis: bandKurtosis,
  timeWhiteness: bandLagCorrelation,
  echo: bandEchoCorrelation,
  lowBins,
  typicality: (moments: Parameters<typeof typicality>[0]) => [typicality(moments)],
}

/** Two or three samples are equal at the extreme of many a recording by chance. */
const minFlatSamples = 5

/** Depth of pauses, dB, from which on less tells nothing more. */
const shallowestPauseDb = 0.5

/**
 * Faults that the waveform shows better than latents, whose flow is told the mel and knows of a gap or a hum before it
 * sees them. Each number is unusual when it is large.
 */
const soundFeatures = {
  dropouts: (sound: SoundMeasures) => [
    sound.shortDropoutDb,
    sound.deepestDropoutDb,
    Math.log1p(sound.maxFlatMs),
  ],
  clicks: (sound: SoundMeasures) => [sound.clickSharpness],
  hum: (sound: SoundMeasures) => [sound.hum50Db, sound.hum60Db, sound.hum100Db, sound.hum120Db],
  clipping: ({ flatTopSamples }: SoundMeasures) => [
    flatTopSamples < minFlatSamples ? 0 : Math.log1p(flatTopSamples),
  ],
  repeats: (sound: SoundMeasures) => [sound.repeatDb],
  stretching: (sound: SoundMeasures) => [sound.commonRepeatDb],
  // The flow, told the mel, explains noise as well as speech; but only speech has quiet moments. The inverse of their depth:
  // phrases of any speaker are close together, and what has none is far from all.
  pauses: ({ noiseFloorDb }: SoundMeasures) => [100 / Math.max(-noiseFloorDb, shallowestPauseDb)],
}

/** The feature groups of statistics, each a vector. */
export type FeatureGroup = keyof typeof latentFeatures | keyof typeof soundFeatures
export const featureGroupNames = Object.keys({ ...latentFeatures, ...soundFeatures }) as [
  FeatureGroup,
  ...FeatureGroup[],
]

/** Typicality says on which side a recording lies; what it finds, levels find sooner, so that it is not in the score. */
export const scoredFeatureGroups = featureGroupNames.filter((name) => name !== 'typicality')

/** Whether only large values of a feature group are unusual. */
export function isOneSided(name: FeatureGroup): boolean {
  return name in soundFeatures
}

/** Whether a feature group is of the largest or of a count in a recording, which goes on growing with its length. */
export function growsWithLength(name: FeatureGroup): boolean {
  return ['dropouts', 'clicks', 'clipping', 'repeats'].includes(name)
}

/** Which feature group sees what has a place in the waveform. */
export const eventFeatureGroups = {
  shortDropoutDb: 'dropouts',
  deepestDropoutDb: 'dropouts',
  maxFlatMs: 'dropouts',
  clickSharpness: 'clicks',
  flatTopSamples: 'clipping',
  repeatDb: 'repeats',
} as const satisfies Record<EventMeasure, keyof typeof soundFeatures>

const nothing = Object.fromEntries(soundMeasureNames.map((name) => [name, 0])) as Record<
  keyof SoundMeasures,
  number
>

/** Values of the feature group of a place, as if there were nothing else in the recording. */
export function eventFeatures(measure: EventMeasure, strength: number) {
  const featureGroup = eventFeatureGroups[measure]
  return { featureGroup, values: soundFeatures[featureGroup]({ ...nothing, [measure]: strength }) }
}

/** What the score of a recording is made of. */
export interface TextureStatistics {
  /** Natural logarithm of the root mean square: quieter recordings lie nearer to the rounding. */
  readonly logLevel: number
  readonly featureGroups: Readonly<Record<FeatureGroup, readonly number[]>>
  /** [frames, 4]: log of the mean z² of each mel frame, in each quarter of the spectrum. */
  readonly frameLevels: Float64Array
}

const least = 1e-6

/** @param waveform that the latents are of */
export function textureStatistics(
  waveform: Float32Array,
  latents: Latents,
  sound: SoundMeasures,
): TextureStatistics {
  const moments = latentMoments(latents)
  const squares = groupSquares(latents)
  const featureGroups = Object.fromEntries([
    ...Object.entries(latentFeatures).map(([name, statistic]) => [name, statistic(moments)]),
    ...Object.entries(soundFeatures).map(([name, statistic]) => [name, statistic(sound)]),
  ])
  return {
    logLevel: logLevel(waveform),
    featureGroups: featureGroups as Record<FeatureGroup, number[]>,
    frameLevels: frameLevels(squares, latents),
  }
}

/** A step of 16 bits; nothing that is scored is as quiet. */
const minLevel = 1 / 32768

function logLevel(waveform: Float32Array): number {
  return Math.log(Math.max(rms(waveform), minLevel))
}

function frameLevels(squares: Float64Array, { groups, groupsPerFrame }: Latents): Float64Array {
  const levels = new Float64Array((frameParts * groups) / groupsPerFrame)
  for (let i = 0; i < squares.length; i++) {
    const group = Math.floor(i / frameParts)
    const frame = Math.floor(group / groupsPerFrame)
    levels[frameParts * frame + (i % frameParts)]! += squares[i]! / groupsPerFrame
  }
  return levels.map((square) => Math.log(Math.max(square, least)))
}
