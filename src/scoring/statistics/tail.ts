import { mean, populationStd } from '../../numeric/stats.js'
/** How often normal recordings are as far away as a distance, as −ln of that share: 0 for the nearest. */
export interface SurprisalTail {
  /** Distances that equal shares of the recordings stay below, ascending, from the nearest to the tail's start. */
  readonly quantiles: number[]
  /** Share of the recordings in the tail. */
  readonly tailShare: number
  /** Mean excess of the tail, which is taken as exponential. */
  readonly tailScale: number
}

/** What the tail is fitted on: this share of the recordings, and at least so many. */
const tailShare = 0.1
const minInTail = 8

/** Quantiles kept of what is no tail. */
const quantileSteps = 18

/** Counts are coarse and mostly equal: the tail is no thinner than this part of the distances' deviation. */
const minScale = 0.2

/** And not this where all are equal, as the number of flat tops often is. */
const minEqualShare = 0.05

/** @param distances of normal recordings, none of which fitted what it is a distance from; at least 9 */
export function fitTail(distances: readonly number[]): SurprisalTail {
  const sorted = [...distances].sort((a, b) => a - b)
  const n = sorted.length
  const count = Math.max(minInTail, Math.floor(tailShare * n))
  const start = sorted[n - count - 1]!
  const excesses = sorted.slice(n - count).map((distance) => distance - start)
  // The largest of an exponential sample is the harmonic number times its mean: a heavier tail shows there.
  const harmonic = excesses.reduce((sum, _, i) => sum + 1 / (i + 1), 0)
  return {
    quantiles: Array.from(
      { length: quantileSteps + 1 },
      (_, step) => sorted[Math.round((step * (n - count - 1)) / quantileSteps)]!,
    ),
    tailShare: count / n,
    tailScale: Math.max(
      mean(excesses),
      excesses[count - 1]! / harmonic,
      minScale * populationStd(sorted),
      minEqualShare,
    ),
  }
}

/** −ln of the share of normal recordings at that distance or farther. */
export function surprisalAt({ quantiles, tailShare, tailScale }: SurprisalTail, distance: number): number {
  const start = quantiles.at(-1)!
  if (distance > start) return -Math.log(tailShare) + (distance - start) / tailScale
  const steps = quantiles.length - 1
  // Counts are mostly equal: those that are as near as any are no surprise.
  const above = quantiles.findIndex((quantile) => quantile >= distance)
  if (above === 0) return 0
  const [from, to] = [quantiles[above - 1]!, quantiles[above]!]
  const below = ((above - 1 + (distance - from) / (to - from)) / steps) * (1 - tailShare)
  return -Math.log(1 - below)
}
