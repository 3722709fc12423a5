import { upperMedian } from '../../numeric/stats.js'
import type { GroupCalibration } from '../calibration/file.js'
import type { ExplainOptions, Explanation, SegmentScore } from '../detector.js'
import { conformalP, type TieBreak } from '../statistics/conformal.js'
import { middleOf } from '../statistics/feature-reference.js'
import { anomaliesIn } from './events/label.js'
import type { FeatureGroup } from './features/statistics.js'
import type { TextureMeasurement } from './reference/meter.js'
import { minParticular, plainReasons } from './reference/reasons.js'
import { featureSurprisals, frameDeviations, textureScore } from './reference/reference.js'

/** `featureGroups`: surprisal of each, nats, see `featureSurprisals`. `deviations`: of each mel frame, see `frameDeviations`. */
export interface TextureScore extends SegmentScore {
  readonly featureGroups: Record<FeatureGroup, number>
}

/** Median deviation of a recording's frames from which on most are unusual; that of normal ones is below 1. */
const throughout = 1.25

/** Ranks a segment among the calibration items of a group. */
export function scoreSegment(
  { statistics }: TextureMeasurement,
  { reference, scores }: GroupCalibration,
  tie: TieBreak,
): TextureScore {
  const featureGroups = featureSurprisals(reference, statistics)
  const score = textureScore(featureGroups)
  const deviations = frameDeviations(reference, statistics)
  return { score, pValue: conformalP(score, scores, tie), featureGroups, deviations }
}

/** Names the faults of a segment, and finds what stands out in it. */
export function explainSegment(
  measurement: TextureMeasurement,
  { featureGroups, deviations }: Pick<TextureScore, 'featureGroups' | 'deviations'>,
  { facts, normal, falseAlarmRate, tie }: ExplainOptions<GroupCalibration>,
): Explanation {
  const [typicality] = measurement.statistics.featureGroups.typicality
  const isUnlikely = typicality! > middleOf(normal.reference.featureGroups.typicality)[0]!
  const spread = { isUnlikely, isThroughout: upperMedian(deviations) > throughout }
  const plain = plainReasons(facts, measurement.sound, normal.normal, featureGroups, spread)
  const anomalies = anomaliesIn(measurement, deviations, {
    references: normal,
    pOf: (surprisal) => conformalP(surprisal, normal.events, tie),
    falseAlarmRate,
    minSurprisal: minParticular(featureGroups, spread),
    plain,
  })
  const found = new Set([...plain, ...anomalies.map(({ kind }) => kind)])
  if (found.size > 1) found.delete('other')
  return { anomalies, reasons: found.size > 0 ? [...found] : ['other'] }
}
