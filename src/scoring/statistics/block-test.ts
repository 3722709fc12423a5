import { type DriftState, DriftTest } from './drift.js'
import { shareAmongHighest } from './rank-tests.js'

/** What a stream's blocks are ranked among, and what is asked of them. */
export interface BlockTestOptions {
  /** Blocks of the calibration. */
  readonly calibrationItems: number
  /** Chance that normal blocks, however many, ever raise the drift alarm. */
  readonly driftFalseAlarmRate: number
  readonly seed: number
}

/** Calibration blocks that "many blocks are unusual" is about: the highest hundredth, at least one. */
const highShare = 0.01

/** Ways to be unlike normal streams, of which the most telling counts. */
const ways = 3

/**
 * One p-value for all blocks of a stream or file, however many, in bounded memory. A smallest p times their number could
 * never be low after some minutes: n calibration blocks give no p below 1 / (n + 1). So it is three times the smallest
 * (Bonferroni) of three:
 *
 * - *one* block ranks so high: how often any of m would;
 * - *many* do: how often so many of m would be above the highest hundredth of the calibration blocks;
 * - *one after the other*: the drift test's martingale, of which 1 / its highest value is a p-value (Ville).
 *
 * The first two are exact if the blocks are exchangeable with the calibration blocks: they count that all m share one
 * calibration. Of a single block it is that block's p.
 */
export class BlockTest {
  private readonly drift: DriftTest
  private readonly rankOfMany: number
  private tests = 0
  private smallest = 1
  private many = 0
  private highestLog = 0

  constructor(private readonly options: BlockTestOptions) {
    const { calibrationItems, driftFalseAlarmRate, seed } = options
    this.drift = new DriftTest({ calibrationItems, falseAlarmRate: driftFalseAlarmRate, seed })
    this.rankOfMany = Math.max(1, Math.floor(highShare * (calibrationItems + 1)))
  }

  /** Of the drift so far. */
  get state(): DriftState {
    return this.drift.state
  }

  /**
   * @param pValue of `conformalP` against the calibration blocks
   * @param isNew whether it is of new audio, and as long as they are: others do not count for the drift
   */
  push(pValue: number, isNew: boolean): DriftState {
    this.tests += 1
    this.smallest = Math.min(this.smallest, pValue)
    if (this.rankOf(pValue) <= this.rankOfMany) this.many += 1
    if (!isNew) return this.drift.state
    const state = this.drift.push(pValue)
    this.highestLog = Math.max(this.highestLog, state.logMartingale)
    return state
  }

  /** Null when no block had a p-value. */
  get pValue(): number | null {
    const { tests, smallest, many, highestLog, rankOfMany } = this
    if (tests < 2) return tests === 0 ? null : smallest
    const n = this.options.calibrationItems
    const one = shareAmongHighest({ n, tests, rank: Math.min(n, this.rankOf(smallest)), least: 1 })
    const often = shareAmongHighest({ n, tests, rank: rankOfMany, least: many })
    return Math.min(1, ways * Math.min(one, often, Math.exp(-highestLog)))
  }

  /** 1: above all calibration blocks. */
  private rankOf(pValue: number): number {
    return Math.max(1, Math.round(pValue * (this.options.calibrationItems + 1)))
  }
}
