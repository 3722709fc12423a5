import {
  bandBurstiness,
  bandKurtosis,
  bandLagCorrelation,
  bandLevels,
  bandNeighbourCorrelation,
  extremeParts,
  groupSquares,
  localExtremes,
  lowBins,
  typicality,
} from './latent-statistics.js'
import type { Latents } from './likelihood.js'
import type { SoundMeasures } from './sound-measures.js'

const latentFamilies = {
  levels: bandLevels,
  kurtosis: bandKurtosis,
  timeWhiteness: bandLagCorrelation,
  frequencyWhiteness: bandNeighbourCorrelation,
  burstiness: bandBurstiness,
  extremes: localExtremes,
  lowBins,
  typicality: (latents: Latents) => [typicality(latents)],
} as const satisfies Record<string, (latents: Latents) => number[]>

/** Two faults that the waveform shows better than latents, which the mel has told of them. */
const soundFamilies = {
  gaps: ({ deepestGapDb }: SoundMeasures) => [deepestGapDb],
  mains: ({ humDb }: SoundMeasures) => [humDb],
} as const satisfies Record<string, (sound: SoundMeasures) => number[]>

/** The families of statistics that make up the texture score, each a vector. */
export type StatisticFamily = keyof typeof latentFamilies | keyof typeof soundFamilies
export const familyNames = [...Object.keys(latentFamilies), ...Object.keys(soundFamilies)] as [
  StatisticFamily,
  ...StatisticFamily[],
]

/** What the score of a recording is made of. */
export interface TextureStatistics {
  readonly families: Readonly<Record<StatisticFamily, readonly number[]>>
  /** [frames, 4]: log of the mean z² of each mel frame, in each quarter of the spectrum. */
  readonly frameLevels: Float64Array
}

const least = 1e-6

export function textureStatistics(latents: Latents, sound: SoundMeasures): TextureStatistics {
  const families = Object.fromEntries([
    ...Object.entries(latentFamilies).map(([name, statistic]) => [name, statistic(latents)]),
    ...Object.entries(soundFamilies).map(([name, statistic]) => [name, statistic(sound)]),
  ])
  return {
    families: families as Record<StatisticFamily, number[]>,
    frameLevels: frameLevels(latents),
  }
}

function frameLevels(latents: Latents): Float64Array {
  const { groups, groupsPerFrame } = latents
  const squares = groupSquares(latents)
  const levels = new Float64Array((extremeParts * groups) / groupsPerFrame)
  for (let i = 0; i < squares.length; i++) {
    const group = Math.floor(i / extremeParts)
    const frame = Math.floor(group / groupsPerFrame)
    levels[extremeParts * frame + (i % extremeParts)]! += squares[i]! / groupsPerFrame
  }
  return levels.map((square) => Math.log(Math.max(square, least)))
}
