import { familyWiseP } from './conformal.js'
import { shareAmongHighest } from './rank-tests.js'

/** Share of the false-alarm rate that is left to many unusual segments; a single one gets the rest. */
const manyShare = 0.05

/** Calibration items that "many segments are unusual" is about: the highest hundredth, at least one. */
const highShare = 0.01

/**
 * One p-value for the segments that a long file was cut into. The smallest p times their number can never be low where
 * there are more than a few: n calibration items give no p below 1 / (n + 1), so that minutes of noise would be accepted.
 * So it is the lower of two, each divided by its share of the false-alarm rate (Bonferroni): that *one* segment is so
 * unusual, and how often so many of them would be above the highest hundredth of the calibration, if they were
 * exchangeable with its items.
 *
 * @param pValues of `conformalP` among `n` calibration items; of one segment alone it is its own
 */
export function segmentsP(pValues: readonly number[], n: number): number {
  if (pValues.length < 2) return familyWiseP(pValues)
  const rank = Math.max(1, Math.floor(highShare * (n + 1)))
  const least = pValues.filter((p) => Math.round(p * (n + 1)) <= rank).length
  const many = shareAmongHighest({ n, tests: pValues.length, rank, least })
  return Math.min(1, familyWiseP(pValues) / (1 - manyShare), many / manyShare)
}
