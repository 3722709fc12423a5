import { invalidDataset } from '../../errors.js'
import type { ContentGroup } from '../calibration/file.js'
import type { ContentMeasurement } from './measurement.js'
import { type ContentNormal, contentDeviations, contentScore } from './statistics.js'

/**
 * @param items one measurement of each recording; none of them trained the model
 * @throws GlowcastError INVALID_DATASET without an item
 */
export function calibrateContentGroup(
  normal: ContentNormal,
  items: readonly ContentMeasurement[],
  { seed, date }: { seed: number; date: string },
): ContentGroup {
  if (items.length === 0) {
    throw invalidDataset('calibration', 'no recording', 'at least one that did not train')
  }
  const seconds = items.map((item) => item.seconds)
  const scores = items.map(({ statistics }) => contentScore(contentDeviations(normal, statistics)))
  return {
    n: items.length,
    date,
    seed,
    seconds: [Math.min(...seconds), Math.max(...seconds)],
    scores: scores.sort((a, b) => a - b),
  }
}
