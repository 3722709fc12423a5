import type { GroupCalibration } from './calibration.js'
import { conformalP, type TieBreak } from './conformal.js'
import { middleOf } from './family-reference.js'
import { plainReasons, type Reason } from './reasons.js'
import type { StretchMeasurement } from './recording-meter.js'
import { peakOf, type Segment, segmentsAbove } from './segments.js'
import type { SignalFacts } from './signal-facts.js'
import { familyDeviations, frameDeviations, textureScore } from './texture-reference.js'
import type { StatisticFamily } from './texture-statistics.js'

export interface MarkedSegment extends Segment {
  readonly kind: Reason
  /** Family-wise: how often a normal recording has any frame that stands out so far. */
  readonly pValue: number
}

/** What a group's calibration says of one stretch. */
export interface StretchVerdict {
  readonly score: number
  readonly pValue: number
  /** How unusual each family of statistics is, nats; see `familyDeviations`. */
  readonly families: Record<StatisticFamily, number>
  /** Of each mel frame; see `frameDeviations`. */
  readonly deviations: Float64Array
  readonly segments: readonly MarkedSegment[]
  readonly reasons: readonly Reason[]
}

/** Longer marked segments (0.2 s at 22,050 Hz) are no clicks, but noise. */
const clickFrames = 18

/** −ln of how seldom normal recordings have so sharp a point that a short segment is a click: one in a hundred. */
const sharp = Math.log(100)

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
  const peakP = (peak: number) => conformalP(peak, group.peaks, options.tie)
  const isMarked = peakP(peakOf(deviations)) <= options.falseAlarmRate
  const [typicality] = measurement.statistics.families.typicality
  const isUnlikely = typicality! > middleOf(group.reference.families.typicality)[0]!
  const isThroughout = median(deviations) > throughout
  const plain = plainReasons(facts, measurement.sound, group.normal, families, { isUnlikely, isThroughout })
  const segments = isMarked
    ? segmentsAbove(deviations, peakQuantile(group.peaks, options.falseAlarmRate)).map((segment) => ({
        ...segment,
        kind: kindOf(segment, plain, families.clicks),
        pValue: peakP(segment.peak),
      }))
    : []
  const found = new Set([...plain, ...segments.map(({ kind }) => kind)])
  if (found.size > 1) found.delete('other')
  return {
    score,
    pValue: conformalP(score, group.scores, options.tie),
    families,
    deviations,
    segments,
    reasons: found.size > 0 ? [...found] : ['other'],
  }
}

function median(values: Float64Array): number {
  return values.toSorted()[Math.floor(values.length / 2)] ?? 0
}

/** The calibration peak above which at most that share of the calibration items lies. */
function peakQuantile(peaks: readonly number[], rate: number): number {
  const allowed = Math.floor(rate * (peaks.length + 1)) - 1
  return peaks[peaks.length - 1 - Math.max(0, allowed)]!
}

/** A fault of the whole file explains its segments; short ones are clicks where there is a sharp point. */
function kindOf(
  { firstFrame, endFrame, sign }: Segment,
  plain: readonly Reason[],
  clickSurprise: number,
): Reason {
  if (plain.length > 0) return plain[0]!
  if (sign < 0) return 'other'
  if (endFrame - firstFrame > clickFrames) return 'noise'
  return clickSurprise > sharp ? 'click' : 'other'
}
