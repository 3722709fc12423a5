import { uniformAt } from '../../numeric/random.js'
import { randomStreams } from '../../numeric/random-streams.js'
import { sum } from '../../numeric/stats.js'
import { defaultFalseAlarmRate } from './conformal.js'

/** Where a stream's p-values have come to. */
export interface DriftState {
  /** P-values so far. */
  readonly tests: number
  /** Natural logarithm of the martingale; 0 at the start. */
  readonly logMartingale: number
  /** ln(1 / falseAlarmRate). */
  readonly logThreshold: number
  /** Whether the martingale has ever been at the threshold. */
  readonly alarm: boolean
  /** Index of the p-value that raised the alarm, from 0. */
  readonly alarmTest: number | null
}

export interface DriftOptions {
  /** Calibration items that the p-values rank among. */
  readonly calibrationItems: number
  /** Chance that exchangeable recordings ever raise the alarm. */
  readonly falseAlarmRate: number
  readonly seed: number
}

/**
 * What is betted on, as densities on (0, 1), for and against: small and large p-values, a few extreme ones or many
 * a little off, and nothing.
 */
const bets: readonly ((p: number) => number)[] = [
  () => 1,
  (p) => 0.3 * p ** (0.3 - 1),
  (p) => 0.6 * p ** (0.6 - 1),
  (p) => 0.6 * (1 - p) ** (0.6 - 1),
  (p) => 1.5 - p,
  (p) => 0.5 + p,
]

/** Share of the capital that changes to other bets at each test: a drift may begin late, and change its kind. */
const jumpShare = 0.01

/**
 * Conformal test martingale: capital betted on the p-values of successive recordings, or blocks of a stream, not
 * being uniform (jumping between bets as V. Vovk's "simple jumper" does; Vovk, Gammerman and Shafer, "Algorithmic
 * learning in a random world", 2nd edition, 2022). If the recordings are exchangeable with the calibration, it ever
 * reaches 1/δ with probability at most δ (Ville's inequality), however long it goes on.
 *
 * P-values that rank among one fixed calibration are not independent: a calibration that is a little off is so for
 * all of them, and a long stream would show it. So each recording is ranked among the calibration and all recordings
 * before it. Of these only the rank among the calibration is known, which suffices: each of the n + 1 gaps between
 * calibration scores is hit with a probability of (1 + hits so far) / (n + 1 + tests so far).
 */
export class DriftTest {
  private readonly capital = new Float64Array(bets.length).fill(1 / bets.length)
  private readonly hits: Float64Array
  private readonly logThreshold: number
  private logTotal = 0
  private tests = 0
  private alarmTest: number | null = null

  constructor(private readonly options: DriftOptions) {
    this.hits = new Float64Array(options.calibrationItems + 1)
    this.logThreshold = -Math.log(options.falseAlarmRate)
  }

  get state(): DriftState {
    return {
      tests: this.tests,
      logMartingale: this.logTotal,
      logThreshold: this.logThreshold,
      alarm: this.alarmTest !== null,
      alarmTest: this.alarmTest,
    }
  }

  /** @param pValue of `conformalP` against the calibration: a multiple of 1 / (n + 1) */
  push(pValue: number): DriftState {
    const p = this.onlineP(pValue)
    const { capital } = this
    for (let i = 0; i < bets.length; i++) {
      const kept = (1 - jumpShare) * capital[i]! + jumpShare / bets.length
      capital[i] = kept * bets[i]!(p)
    }
    const total = sum(capital)
    this.logTotal += Math.log(total)
    // Shares of the capital, so that neither a long loss nor a long gain runs out of numbers.
    for (let i = 0; i < bets.length; i++) capital[i]! /= total
    if (this.logTotal >= this.logThreshold) this.alarmTest ??= this.tests
    this.tests += 1
    return this.state
  }

  /** The rank among the calibration and all before, at random within the gap; uniform and independent. */
  private onlineP(pValue: number): number {
    const { hits, tests } = this
    const gap = Math.min(hits.length, Math.max(1, Math.round(pValue * hits.length))) - 1
    let below = gap
    for (let i = 0; i < gap; i++) below += hits[i]!
    const share = uniformAt(this.options.seed, randomStreams.driftRanks[0], tests)
    const p = (below + share * (1 + hits[gap]!)) / (hits.length + tests)
    hits[gap]! += 1
    return p
  }
}

/** Chance of a false drift alarm where none is asked for. */
export const driftFalseAlarmRate = defaultFalseAlarmRate

/** The drift test over the segments of files in their order. */
export function driftOf(
  scores: readonly { readonly segmentPValues: readonly number[] }[],
  options: DriftOptions,
): DriftState {
  const test = new DriftTest(options)
  for (const { segmentPValues } of scores) for (const pValue of segmentPValues) test.push(pValue)
  return test.state
}
