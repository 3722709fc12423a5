import { fileWarnings } from '../../audio/files/file-warnings.js'
import type { SignalFacts } from '../../audio/metering/signal-facts.js'
import { GlowcastError } from '../../errors.js'
import { sum } from '../../numeric/stats.js'
import { type GroupChoice, groupFor, isByCondition } from '../calibration/condition.js'
import type { CalibrationSet } from '../calibration/file.js'
import type { Detector, Explanation, Figures, MeasuredSegment, SegmentScore } from '../detector.js'
import { type ScoredRecording, scoredPart } from '../recording/recording.js'
import { segmentsP } from '../statistics/segments-p.js'
import type { Anomaly, Reason } from './anomaly.js'
import type { ShownSegment } from './shown-segment.js'
import { nearestWarning, type ScoreWarning, warningsFor } from './warnings.js'

/** accept: as normal recordings are. retry: unlike them, without a known fault. reject: with one, or not scorable. */
export type Decision = 'accept' | 'retry' | 'reject'

/** One of the blocks that a file was cut into; times are of the file. */
export interface FileBlock {
  /** That it was ranked among, where that is not the file's. */
  readonly group?: string
  readonly startSeconds: number
  readonly endSeconds: number
  /** How often a normal block of the group scores so high; null when it could not be scored. */
  readonly pValue: number | null
  readonly decision: Decision
  readonly reasons: readonly Reason[]
  readonly anomalies: readonly Anomaly[]
}

export interface FileScore extends Figures {
  readonly file: string
  /** The group that its condition chose, and why; absent where a group was named, or nothing could be scored. */
  readonly groupChoice?: { readonly group: string; readonly why: string }
  /** How often a normal recording of the group scores so high; null when it could not be scored. */
  readonly pValue: number | null
  readonly decision: Decision
  readonly reasons: readonly Reason[]
  readonly anomalies: readonly Anomaly[]
  /** Of each detector, where a content model decided; `pValue` is the smallest times their number. */
  readonly pValues?: { readonly texture?: number | null; readonly content: number | null }
  /** Of a file that was judged block by block. */
  readonly blocks?: readonly FileBlock[]
  /** Of each segment or block that it was cut into, in order; one for a file of at most 30 s. */
  readonly segmentPValues: readonly number[]
  readonly warnings: readonly ScoreWarning[]
  /** Why there is no score; `code` is stable. */
  readonly error?: { readonly code: string; readonly message: string }
  /** Plain measures of the file; absent when it could not be read. */
  readonly input?: SignalFacts
}

export interface ScoreOptions<Normal extends CalibrationSet = CalibrationSet> {
  /** What is normal, or groups of which the recording's condition chooses. */
  readonly group: GroupChoice<Normal>
  readonly falseAlarmRate: number
  /** Of the ties. */
  readonly seed: number
  /** Position of the file in its batch. */
  readonly index: number
  /** Told the share of the work that is done, many times. */
  readonly onProgress?: (share: number) => void
  /** Told of every segment, for a report. */
  readonly onSegment?: (shown: ShownSegment, judged: SegmentScore & Explanation) => void
}

/** What is kept of a segment: of a long file nothing that has a value for each frame. */
interface JudgedSegment extends Omit<SegmentScore, 'deviations'>, Explanation {
  readonly startSeconds: number
  readonly seconds: number
  readonly nats: number
}

/** Error codes that speak of the recording's content: an answer, not a failure to read it. */
export const contentCodes: ReadonlySet<string> = new Set(['TOO_SHORT', 'SILENT', 'NON_FINITE'])

/** Share of the work that a file's facts are. */
export const readingShare = 0.1

/** Streams of ties: more segments than this would share their luck with those of the next file. */
export const segmentsPerFile = 100_000

/**
 * Scores a recording. What is wrong with it is in the answer, so that a batch goes on; only our own failures throw.
 *
 * @param open whose errors are in the answer, too
 */
export async function scoreRecording<Measurement extends MeasuredSegment, Normal extends CalibrationSet>(
  name: string,
  open: () => Promise<ScoredRecording>,
  detector: Detector<Measurement, Normal>,
  options: ScoreOptions<Normal>,
): Promise<FileScore> {
  const { falseAlarmRate, seed, index, onProgress, onSegment } = options
  let input: SignalFacts | undefined
  try {
    const recording = await open()
    const facts = recording.facts
    input = facts
    detector.assertScorable(name, facts)
    const chosen = isByCondition(options.group) ? groupFor(options.group, facts) : { group: options.group }
    const { group } = chosen
    const judged: JudgedSegment[] = []
    let scoredSeconds = 0
    for await (const segment of recording.segments(detector.sampleRate)) {
      const { measurement, latents } = await detector.measure(segment)
      const tie = { seed, index: segmentsPerFile * index + judged.length }
      const score = detector.score(measurement, group, tie)
      const found = detector.explain(measurement, score, { facts, normal: group, falseAlarmRate, tie })
      const shown = { waveform: scoredPart(segment), latents, startSeconds: segment.startSeconds }
      onSegment?.({ ...shown, verdict: score }, { ...score, ...found })
      const { startSeconds, seconds } = measurement
      const { deviations: _, ...kept } = score
      judged.push({ ...kept, ...found, startSeconds, seconds, nats: detector.natsOf(measurement) })
      scoredSeconds += seconds
      onProgress?.(readingShare + (1 - readingShare) * Math.min(1, scoredSeconds / facts.seconds))
    }
    const nats = sum(judged.map((entry) => entry.nats * entry.seconds)) / scoredSeconds
    const segmentPValues = judged.map((entry) => entry.pValue)
    const pValue = segmentsP(segmentPValues, group.n)
    const { decision, reasons } = detector.isSilence(facts)
      ? ({ decision: 'reject', reasons: ['silence'] } as const)
      : decide(pValue, falseAlarmRate, judged)
    const worst = judged.reduce((a, b) => (b.score > a.score ? b : a))
    return {
      file: name,
      ...('name' in chosen ? { groupChoice: { group: chosen.name, why: chosen.why } } : {}),
      ...detector.figures(nats, worst),
      pValue,
      decision,
      reasons,
      anomalies: anomaliesOf(judged, reasons[0], pValue, { falseAlarmRate, fileSeconds: facts.seconds }),
      segmentPValues,
      warnings: [
        ...warningsFor(facts, detector.sampleRate, group, falseAlarmRate, judged.length, recording.isPart),
        ...('name' in chosen ? nearestWarning(chosen) : []),
        ...(await detector.warnings(recording)),
        ...fileWarnings(facts),
      ],
      input: facts,
    }
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    return unscored(name, error, input)
  }
}

function decide(
  pValue: number,
  falseAlarmRate: number,
  judged: readonly JudgedSegment[],
): { decision: Decision; reasons: Reason[] } {
  if (pValue > falseAlarmRate) return { decision: 'accept', reasons: [] }
  const worst = Math.min(...judged.map((entry) => entry.pValue))
  const found = new Set(judged.filter((entry) => entry.pValue === worst).flatMap((entry) => entry.reasons))
  if (found.size > 1) found.delete('other')
  const reasons = [...found]
  return { decision: reasons[0] === 'other' ? 'retry' : 'reject', reasons }
}

/**
 * What stands out by a p that holds for the whole file, be it accepted or not. A refused file in which nothing does is
 * marked as a whole, or the segments that are unlike normal ones by themselves.
 *
 * @param reason of the refusal; undefined when the file is accepted
 */
function anomaliesOf(
  segments: readonly JudgedSegment[],
  reason: Reason | undefined,
  filePValue: number,
  { falseAlarmRate, fileSeconds }: { falseAlarmRate: number; fileSeconds: number },
): Anomaly[] {
  const ofFile = (pValue: number) => Math.min(1, pValue * segments.length)
  const isOut = ({ pValue }: { readonly pValue: number }) => ofFile(pValue) <= falseAlarmRate
  const found = segments.flatMap(({ anomalies }) =>
    anomalies.filter(isOut).map((anomaly) => ({ ...anomaly, pValue: ofFile(anomaly.pValue) })),
  )
  if (found.length > 0 || reason === undefined) return found
  const refused = segments.length > 1 ? segments.filter(isOut) : []
  if (refused.length === 0) {
    return [{ startSeconds: 0, endSeconds: fileSeconds, kind: reason, pValue: filePValue }]
  }
  return refused.map(({ reasons, startSeconds, seconds, pValue }) => ({
    startSeconds,
    endSeconds: startSeconds + seconds,
    kind: reasons[0]!,
    pValue: ofFile(pValue),
  }))
}

/** A file that could not be scored, and why. */
export function unscored(name: string, error: GlowcastError, input: SignalFacts | undefined): FileScore {
  return {
    file: name,
    bitsPerSample: null,
    natsPerSample: null,
    pValue: null,
    decision: 'reject',
    reasons: [error.code === 'SILENT' ? 'silence' : 'other'],
    anomalies: [],
    segmentPValues: [],
    warnings: input === undefined ? [] : fileWarnings(input),
    error: { code: error.code, message: error.message },
    ...(input === undefined ? {} : { input }),
  }
}
