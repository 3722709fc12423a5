import type { SignalFacts } from '../../audio/metering/signal-facts.js'
import { median } from '../../numeric/median.js'
import { conformalP, type TieBreak } from '../statistics/conformal.js'
import { middleOf } from '../statistics/feature-reference.js'
import type { GroupCalibration } from './calibration/file.js'
import { type Mark, marksOf } from './events/label.js'
import { strongestPlace } from './events/reference.js'
import type { StatisticFamily } from './features/statistics.js'
import type { StretchMeasurement } from './reference/meter.js'
import { leastParticular, plainReasons, type Reason } from './reference/reasons.js'
import { familyDeviations, frameDeviations, textureScore } from './reference/reference.js'

/** What a group's calibration says of one stretch. */
export interface StretchVerdict {
  readonly score: number
  readonly pValue: number
  /** How unusual each family of statistics is, nats; see `familyDeviations`. */
  readonly families: Record<StatisticFamily, number>
  /** Of each mel frame; see `frameDeviations`. */
  readonly deviations: Float64Array
  /** Surprise of the strongest place of any kind; see `strongestPlace`. */
  readonly strongestPlace: number
  /** Whatever the stretch's own p is: they are a test by themselves. */
  readonly marks: readonly Mark[]
  readonly reasons: readonly Reason[]
}

/** Median deviation of a recording's frames from which on most are unusual; that of normal ones is below 1. */
const throughout = 1.25

/** Ranks a stretch among the calibration items of a group. */
export function judgeStretch(
  measurement: StretchMeasurement,
  facts: SignalFacts,
  group: GroupCalibration,
  options: { falseAlarmRate: number; tie: TieBreak },
): StretchVerdict {
  const families = familyDeviations(group.reference, measurement.statistics)
  const score = textureScore(families)
  const deviations = frameDeviations(group.reference, measurement.statistics)
  const [typicality] = measurement.statistics.families.typicality
  const isUnlikely = typicality! > middleOf(group.reference.families.typicality)[0]!
  const spread = { isUnlikely, isThroughout: median(deviations) > throughout }
  const plain = plainReasons(facts, measurement.sound, group.normal, families, spread)
  const marks = marksOf(measurement, deviations, {
    references: group,
    pOf: (surprise) => conformalP(surprise, group.places, options.tie),
    falseAlarmRate: options.falseAlarmRate,
    leastSurprise: leastParticular(families, spread),
    plain,
  })
  const found = new Set([...plain, ...marks.map(({ kind }) => kind)])
  if (found.size > 1) found.delete('other')
  return {
    score,
    pValue: conformalP(score, group.scores, options.tie),
    families,
    deviations,
    strongestPlace: strongestPlace(group, measurement),
    marks,
    reasons: found.size > 0 ? [...found] : ['other'],
  }
}
