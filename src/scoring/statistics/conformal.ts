import { uniformAt } from '../../numeric/random.js'
import { randomStreams } from '../../numeric/random-streams.js'

/** Share of normal recordings, and of normal streams by their drift, that are refused where no other is asked for. */
export const defaultFalseAlarmRate = 0.01

/** Breaks ties between a score and equal calibration scores: the same seed and index always break them alike. */
export interface TieBreak {
  readonly seed: number
  /** Number of the test, so that two tests do not share their luck. */
  readonly index: number
}

/**
 * Conformal p-value: the rank of a score among the calibration scores, (1 + #{calibration ≥ score}) / (n + 1), where
 * of those that equal it a random number counts (Vovk, Gammerman and Shafer 2005, "Algorithmic learning in a random
 * world"). If the score and the calibration scores are exchangeable, P(p ≤ α) ≤ α for every α. Never below
 * 1 / (n + 1), never above 1.
 *
 * @param calibration ascending
 */
export function conformalP(score: number, calibration: readonly number[], { seed, index }: TieBreak): number {
  const greater = calibration.length - firstAbove(calibration, (value) => value > score)
  const equal = calibration.length - greater - firstAbove(calibration, (value) => value >= score)
  const counted = Math.floor(uniformAt(seed, randomStreams.ties[0], index) * (equal + 1))
  return (1 + greater + counted) / (calibration.length + 1)
}

/** Index of the first element of an ascending list for which a monotone test holds. */
function firstAbove(values: readonly number[], test: (value: number) => boolean): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (test(values[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Family-wise p of a file in several blocks (Bonferroni): P(p ≤ α) ≤ α whatever the dependence between the blocks.
 */
export function familyWiseP(blockPs: readonly number[]): number {
  return Math.min(1, blockPs.length * Math.min(...blockPs))
}
