import type { GroupCalibration } from './calibration.js'
import { conformalP, type TieBreak } from './conformal.js'
import { plainReasons, type Reason } from './reasons.js'
import type { StretchMeasurement } from './recording-meter.js'
import { peakOf, type Segment, segmentsAbove } from './segments.js'
import type { SignalFacts } from './signal-facts.js'
import { familyDeviations, frameDeviations, textureScore } from './texture-reference.js'
import type { StatisticFamily } from './texture-statistics.js'

export interface MarkedSegment extends Segment {
  /** Family-wise: how often a normal recording has any frame that stands out so far. */
  readonly pValue: number
}

/** What a group's calibration says of one stretch. */
export interface StretchVerdict {
  readonly score: number
  readonly pValue: number
  /** Which families of statistics are far from normal, in deviations. */
  readonly families: Record<StatisticFamily, number>
  /** Of each mel frame; see `frameDeviations`. */
  readonly deviations: Float64Array
  readonly segments: readonly MarkedSegment[]
  readonly reasons: readonly Reason[]
}

/** Longer marked segments (0.1 s at 22,050 Hz) are no clicks. */
const clickFrames = 9

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
  const peakP = (peak: number) => conformalP(peak, group.peaks, options.tie)
  const isMarked = peakP(peakOf(deviations)) <= options.falseAlarmRate
  const segments = isMarked
    ? segmentsAbove(deviations, peakQuantile(group.peaks, options.falseAlarmRate)).map((segment) => ({
        ...segment,
        pValue: peakP(segment.peak),
      }))
    : []
  return {
    score,
    pValue: conformalP(score, group.scores, options.tie),
    families,
    deviations,
    segments,
    reasons: reasonsFor(plainReasons(facts, measurement.sound, group.normal), segments),
  }
}

/** The calibration peak above which at most that share of the calibration items lies. */
function peakQuantile(peaks: readonly number[], rate: number): number {
  const allowed = Math.floor(rate * (peaks.length + 1)) - 1
  return peaks[peaks.length - 1 - Math.max(0, allowed)]!
}

function reasonsFor(plain: readonly Reason[], segments: readonly Segment[]): Reason[] {
  const isClick = ({ firstFrame, endFrame, sign }: Segment) =>
    sign > 0 && endFrame - firstFrame <= clickFrames
  const isLocal = segments.length > 0 && segments.every(isClick)
  const reasons = [...plain, ...(isLocal && !plain.includes('hole') ? (['click'] as const) : [])]
  return reasons.length > 0 ? reasons : ['other']
}
