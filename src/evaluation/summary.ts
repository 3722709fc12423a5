import { invalidArgument } from '../errors.js'
import { RandomStream } from '../numeric/random.js'
import { randomStreams } from '../numeric/random-streams.js'
import { mean, sum } from '../numeric/stats.js'
import type { PairFigures } from './compare-pair.js'
import { type FigureName, figureNames } from './figures.js'

/** A mean over files with its 95 % interval. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
  /** How many files the figure is defined for. */
  readonly files: number
}

export interface SummaryFigures {
  readonly files: number
  readonly seconds: number
  /** null where the figure is defined for no file. */
  readonly figures: Readonly<Record<FigureName, Interval | null>>
  /** Log-energy error in nats per 1 kHz band from 0 up. */
  readonly bandErrors: readonly Interval[]
}

const resamples = 2000

/**
 * Mean and 95 % percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13). The file is the unit:
 * frames of one phrase are not independent, so an interval over frames would be far too narrow. One file has
 * no spread, and an interval of no width.
 *
 * @param values one per file, at least one
 */
export function bootstrapMean(values: readonly number[], seed = 1): Interval {
  const random = new RandomStream(seed, randomStreams.ownSeed[0])
  const count = values.length
  const means = new Float64Array(resamples)
  for (let resample = 0; resample < resamples; resample++) {
    means[resample] = mean(values.map(() => values[random.integer(count)]!))
  }
  means.sort()
  return {
    mean: mean(values),
    low: means[Math.floor(0.025 * resamples)]!,
    high: means[Math.ceil(0.975 * resamples) - 1]!,
    files: count,
  }
}

/**
 * Means over files, every file weighing the same, with 95 % intervals. The same pairs give the same intervals.
 *
 * @throws GlowcastError INVALID_ARGUMENT when there is no pair
 */
export function summarise(pairs: readonly PairFigures[], seed = 1): SummaryFigures {
  if (pairs.length === 0) throw invalidArgument('pairs', 'none', 'at least one')
  const interval = (name: FigureName): Interval | null => {
    const values = pairs.map((pair) => pair[name]).filter((value) => value !== null)
    return values.length > 0 ? bootstrapMean(values, seed) : null
  }
  return {
    files: pairs.length,
    seconds: sum(pairs.map(({ seconds }) => seconds)),
    figures: Object.fromEntries(
      figureNames.map((name) => [name, interval(name)]),
    ) as SummaryFigures['figures'],
    bandErrors: pairs[0]!.bandErrors.map((_, band) =>
      bootstrapMean(
        pairs.map(({ bandErrors }) => bandErrors[band]!),
        seed,
      ),
    ),
  }
}
