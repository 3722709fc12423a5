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
import { type PlacedMeasure, type SoundMeasures, soundMeasureNames } from './sound-measures.js'

/** Statistics of the latents: unusual on either side of what is normal. */
const momentFamilies = {
  levels: bandLevels,
  kurtosis: bandKurtosis,
  timeWhiteness: bandLagCorrelation,
  echo: bandEchoCorrelation,
  lowBins,
  typicality: (moments: Parameters<typeof typicality>[0]) => [typicality(moments)],
}

/** Two or three samples are equal at the extreme of many a recording by chance. */
const fewestFlatSamples = 5

/** Depth of pauses, dB, from which on less tells nothing more. */
const shallowestPauseDb = 0.5

/**
 * Faults that the waveform shows better than latents, whose flow is told the mel and knows of a gap or a hum before it
 * sees them. Each number is unusual when it is large.
 */
const soundFamilies = {
  gaps: (sound: SoundMeasures) => [sound.shortGapDb, sound.deepestGapDb, Math.log1p(sound.longestFlatMs)],
  clicks: (sound: SoundMeasures) => [sound.clickSharpness],
  mains: (sound: SoundMeasures) => [sound.mains50Db, sound.mains60Db, sound.mains100Db, sound.mains120Db],
  flatTops: ({ flatTopSamples }: SoundMeasures) => [
    flatTopSamples < fewestFlatSamples ? 0 : Math.log1p(flatTopSamples),
  ],
  repeats: (sound: SoundMeasures) => [sound.repeatDb],
  stretching: (sound: SoundMeasures) => [sound.commonRepeatDb],
  // The flow, told the mel, explains noise as well as speech; but only speech has quiet moments. The inverse of their depth:
  // phrases of any speaker are close together, and what has none is far from all.
  pauses: ({ noiseFloorDb }: SoundMeasures) => [100 / Math.max(-noiseFloorDb, shallowestPauseDb)],
}

/** The families of statistics, each a vector. */
export type StatisticFamily = keyof typeof momentFamilies | keyof typeof soundFamilies
export const familyNames = Object.keys({ ...momentFamilies, ...soundFamilies }) as [
  StatisticFamily,
  ...StatisticFamily[],
]

/** Typicality says on which side a recording lies; what it finds, levels find sooner, so that it is not in the score. */
export const scoredFamilies = familyNames.filter((name) => name !== 'typicality')

/** Whether only large values of a family are unusual. */
export function isOneSided(name: StatisticFamily): boolean {
  return name in soundFamilies
}

/** Whether a family is of the largest or of a count in a recording, which goes on growing with its length. */
export function growsWithLength(name: StatisticFamily): boolean {
  return ['gaps', 'clicks', 'flatTops', 'repeats'].includes(name)
}

/** Which family sees what has a place in the waveform. */
export const placeFamilies = {
  shortGapDb: 'gaps',
  deepestGapDb: 'gaps',
  longestFlatMs: 'gaps',
  clickSharpness: 'clicks',
  flatTopSamples: 'flatTops',
  repeatDb: 'repeats',
} as const satisfies Record<PlacedMeasure, keyof typeof soundFamilies>

const nothing = Object.fromEntries(soundMeasureNames.map((name) => [name, 0])) as Record<
  keyof SoundMeasures,
  number
>

/** Values of the family of a place, as if there were nothing else in the recording. */
export function placedFamily(measure: PlacedMeasure, strength: number) {
  const family = placeFamilies[measure]
  return { family, values: soundFamilies[family]({ ...nothing, [measure]: strength }) }
}

/** What the score of a recording is made of. */
export interface TextureStatistics {
  /** Natural logarithm of the root mean square: quieter recordings lie nearer to the rounding. */
  readonly logLevel: number
  readonly families: Readonly<Record<StatisticFamily, readonly number[]>>
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
  const families = Object.fromEntries([
    ...Object.entries(momentFamilies).map(([name, statistic]) => [name, statistic(moments)]),
    ...Object.entries(soundFamilies).map(([name, statistic]) => [name, statistic(sound)]),
  ])
  return {
    logLevel: logLevel(waveform),
    families: families as Record<StatisticFamily, number[]>,
    frameLevels: frameLevels(squares, latents),
  }
}

/** A step of 16 bits; nothing that is scored is as quiet. */
const leastLevel = 1 / 32768

function logLevel(waveform: Float32Array): number {
  return Math.log(Math.max(rms(waveform), leastLevel))
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
