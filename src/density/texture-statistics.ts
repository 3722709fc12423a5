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

/** The families of statistics that make up the texture score, each a vector. */
export const statisticFamilies = {
  levels: bandLevels,
  kurtosis: bandKurtosis,
  timeWhiteness: bandLagCorrelation,
  frequencyWhiteness: bandNeighbourCorrelation,
  burstiness: bandBurstiness,
  extremes: localExtremes,
  lowBins,
  typicality: (latents: Latents) => [typicality(latents)],
} as const satisfies Record<string, (latents: Latents) => number[]>

export type StatisticFamily = keyof typeof statisticFamilies
export const familyNames = Object.keys(statisticFamilies) as [StatisticFamily, ...StatisticFamily[]]

/** What the score of a recording is made of. */
export interface TextureStatistics {
  readonly families: Readonly<Record<StatisticFamily, readonly number[]>>
  /** [frames, 4]: log of the mean z² of each mel frame, in each quarter of the spectrum. */
  readonly frameLevels: Float64Array
}

const least = 1e-6

export function textureStatistics(latents: Latents): TextureStatistics {
  const families = Object.fromEntries(familyNames.map((name) => [name, statisticFamilies[name](latents)]))
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
