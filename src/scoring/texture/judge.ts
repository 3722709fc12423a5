import { upperMedian } from '../../numeric/stats.js'
import type { GroupCalibration } from '../calibration/file.js'
import type { ExplainOptions, Explanation, SegmentScore } from '../detector.js'
import { conformalP, type TieBreak } from '../statistics/conformal.js'
import { middleOf } from '../statistics/feature-reference.js'
import { anomaliesIn } from './events/label.js'
import type { StatisticFamily } from './features/statistics.js'
import type { TextureMeasurement } from './reference/meter.js'
import { leastParticular, plainReasons } from './reference/reasons.js'
import { familySurprises, frameDeviations, textureScore } from './reference/reference.js'

/** `families`: surprisal of each, nats, see `familySurprises`. `deviations`: of each mel frame, see `frameDeviations`. */
export interface TextureScore extends SegmentScore {
  readonly families: Record<StatisticFamily, number>
}

/** Median deviation of a recording's frames from which on most are unusual; that of normal ones is below 1. */
const throughout = 1.25

/** Ranks a segment among the calibration items of a group. */
export function scoreSegment(
  { statistics }: TextureMeasurement,
  { reference, scores }: GroupCalibration,
  tie: TieBreak,
): TextureScore {
  const families = familySurprises(reference, statistics)
  const score = textureScore(families)
  const deviations = frameDeviations(reference, statistics)
  return { score, pValue: conformalP(score, scores, tie), families, deviations }
}

/** Names the faults of a segment, and finds what stands out in it. */
export function explainSegment(
  measurement: TextureMeasurement,
  { families, deviations }: Pick<TextureScore, 'families' | 'deviations'>,
  { facts, normal, falseAlarmRate, tie }: ExplainOptions<GroupCalibration>,
): Explanation {
  const [typicality] = measurement.statistics.families.typicality
  const isUnlikely = typicality! > middleOf(normal.reference.families.typicality)[0]!
  const spread = { isUnlikely, isThroughout: upperMedian(deviations) > throughout }
  const plain = plainReasons(facts, measurement.sound, normal.normal, families, spread)
  const anomalies = anomaliesIn(measurement, deviations, {
    references: normal,
    pOf: (surprise) => conformalP(surprise, normal.places, tie),
    falseAlarmRate,
    leastSurprise: leastParticular(families, spread),
    plain,
  })
  const found = new Set([...plain, ...anomalies.map(({ kind }) => kind)])
  if (found.size > 1) found.delete('other')
  return { anomalies, reasons: found.size > 0 ? [...found] : ['other'] }
}
