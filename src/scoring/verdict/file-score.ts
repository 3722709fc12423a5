import { fileWarnings } from '../../audio/files/file-warnings.js'
import type { SignalFacts } from '../../audio/metering/signal-facts.js'
import { GlowcastError } from '../../errors.js'
import type { Latents } from '../../likelihood/likelihood.js'
import { bitsPerSample } from '../../likelihood/units.js'
import { openRecording, requireScorable, type ScoredRecording, scoredPart } from '../recording/recording.js'
import { stretchesP } from '../statistics/segments-p.js'
import type { GroupCalibration } from '../texture/calibration/file.js'
import { judgeStretch, type StretchVerdict } from '../texture/judge.js'
import type { RecordingMeter } from '../texture/reference/meter.js'
import { isMostlySilent, type Reason } from '../texture/reference/reasons.js'
import { cutEndWarnings, type ScoreWarning, warningsFor } from './warnings.js'

/** accept: as normal recordings are. retry: unlike them, without a known fault. reject: with one, or not scorable. */
export type Decision = 'accept' | 'retry' | 'reject'

export interface Anomaly {
  readonly startSeconds: number
  readonly endSeconds: number
  readonly kind: Reason
  /** Family-wise over the file. */
  readonly pValue: number
}

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

export interface FileScore {
  readonly file: string
  readonly bitsPerSample: number | null
  readonly natsPerSample: number | null
  /** How often a normal recording of the group scores so high; null when it could not be scored. */
  readonly pValue: number | null
  readonly decision: Decision
  readonly reasons: readonly Reason[]
  readonly anomalies: readonly Anomaly[]
  /** Of a file that was judged block by block. */
  readonly blocks?: readonly FileBlock[]
  /** Of each stretch or block that it was cut into, in order; one for a file of at most 30 s. */
  readonly stretchPValues: readonly number[]
  readonly warnings: readonly ScoreWarning[]
  /** Why there is no score; `code` is stable. */
  readonly error?: { readonly code: string; readonly message: string }
  /** Plain measures of the file; absent when it could not be read. */
  readonly input?: SignalFacts
}

export interface ScoreOptions {
  readonly group: GroupCalibration
  readonly falseAlarmRate: number
  /** Of the ties. */
  readonly seed: number
  /** Position of the file in its batch. */
  readonly index: number
  /** Told the share of the work that is done, many times. */
  readonly onProgress?: (share: number) => void
  /** Told of every stretch, for a report. */
  readonly onStretch?: (
    waveform: Float32Array,
    latents: Latents,
    verdict: StretchVerdict,
    startSeconds: number,
  ) => void
}

interface JudgedStretch {
  readonly verdict: KeptVerdict
  readonly startSeconds: number
  readonly seconds: number
  /** Per sample. */
  readonly nats: number
}

/** Error codes that speak of the recording's content: an answer, not a failure to read it. */
export const contentCodes: ReadonlySet<string> = new Set(['TOO_SHORT', 'SILENT', 'NON_FINITE'])

/** What is kept of a stretch: of a long file nothing that has a value for each frame. */
type KeptVerdict = Pick<StretchVerdict, 'pValue' | 'marks' | 'reasons'>

/** Share of the work that a file's facts are. */
const readingShare = 0.1

/** Streams of ties: more stretches than this would share their luck with those of the next file. */
export const stretchesPerFile = 100_000

/**
 * Scores a file. What is wrong with the file itself is in the answer, so that a batch goes on; only our own failures
 * throw.
 */
export async function scoreFile(
  path: string,
  meter: RecordingMeter,
  options: ScoreOptions,
): Promise<FileScore> {
  const onRead = (share: number) => options.onProgress?.(readingShare * share)
  return scoreRecording(path, () => openRecording(path, meter.sampleRate, onRead), meter, options)
}

/** As `scoreFile`, of a recording that is opened otherwise. */
export async function scoreRecording(
  name: string,
  open: () => Promise<ScoredRecording>,
  meter: RecordingMeter,
  options: ScoreOptions,
): Promise<FileScore> {
  let input: SignalFacts | undefined
  try {
    const recording = await open()
    input = recording.facts
    requireScorable(name, input)
    const verdicts: JudgedStretch[] = []
    let scoredSeconds = 0
    for await (const stretch of recording.stretches()) {
      const { measurement, latents } = await meter.measure(stretch)
      const tie = { seed: options.seed, index: stretchesPerFile * options.index + verdicts.length }
      const verdict = judgeStretch(measurement, input, options.group, { ...options, tie })
      options.onStretch?.(scoredPart(stretch), latents, verdict, stretch.startSeconds)
      const { pValue, marks, reasons } = verdict
      const { startSeconds, seconds, natsPerSample: nats } = measurement
      verdicts.push({ verdict: { pValue, marks, reasons }, startSeconds, seconds, nats })
      scoredSeconds += seconds
      options.onProgress?.(readingShare + (1 - readingShare) * Math.min(1, scoredSeconds / input.seconds))
    }
    const nats = verdicts.reduce((sum, entry) => sum + entry.nats * entry.seconds, 0) / scoredSeconds
    const stretchPValues = verdicts.map(({ verdict }) => verdict.pValue)
    const pValue = stretchesP(stretchPValues, options.group.n)
    const { decision, reasons } = decide(
      pValue,
      options.falseAlarmRate,
      verdicts.map(({ verdict }) => verdict),
      input,
    )
    return {
      file: name,
      bitsPerSample: bitsPerSample(nats),
      natsPerSample: nats,
      pValue,
      decision,
      reasons,
      anomalies: anomaliesOf(verdicts, reasons[0], pValue, { ...options, fileSeconds: input.seconds }),
      stretchPValues,
      warnings: [
        ...warningsFor(
          input,
          meter.sampleRate,
          options.group,
          options.falseAlarmRate,
          verdicts.length,
          recording.isPart,
        ),
        ...cutEndWarnings(recording.cutEnds),
        ...fileWarnings(input),
      ],
      input,
    }
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    return unscored(name, error, input)
  }
}

function decide(
  pValue: number,
  falseAlarmRate: number,
  verdicts: readonly KeptVerdict[],
  input: SignalFacts,
): { decision: Decision; reasons: Reason[] } {
  // Nothing that the flow says of it makes silence speech.
  if (isMostlySilent(input)) return { decision: 'reject', reasons: ['silence'] }
  if (pValue > falseAlarmRate) return { decision: 'accept', reasons: [] }
  const worst = Math.min(...verdicts.map((verdict) => verdict.pValue))
  const found = new Set(
    verdicts.filter((verdict) => verdict.pValue === worst).flatMap((verdict) => verdict.reasons),
  )
  if (found.size > 1) found.delete('other')
  const reasons = [...found]
  return { decision: reasons[0] === 'other' ? 'retry' : 'reject', reasons }
}

/**
 * What is marked by a p that holds for the whole file, be it accepted or not. A refused file without marks is marked as a
 * whole, or the stretches that are unlike normal ones by themselves.
 *
 * @param reason of the refusal; undefined when the file is accepted
 */
function anomaliesOf(
  stretches: readonly JudgedStretch[],
  reason: Reason | undefined,
  filePValue: number,
  { falseAlarmRate, fileSeconds }: { falseAlarmRate: number; fileSeconds: number },
): Anomaly[] {
  const ofFile = (pValue: number) => Math.min(1, pValue * stretches.length)
  const isOut = ({ pValue }: { readonly pValue: number }) => ofFile(pValue) <= falseAlarmRate
  const marks = stretches.flatMap(({ verdict }) =>
    verdict.marks.filter(isOut).map((mark) => ({ ...mark, pValue: ofFile(mark.pValue) })),
  )
  if (marks.length > 0 || reason === undefined) return marks
  const refused = stretches.length > 1 ? stretches.filter(({ verdict }) => isOut(verdict)) : []
  if (refused.length === 0) {
    return [{ startSeconds: 0, endSeconds: fileSeconds, kind: reason, pValue: filePValue }]
  }
  return refused.map(({ verdict, startSeconds, seconds }) => ({
    startSeconds,
    endSeconds: startSeconds + seconds,
    kind: verdict.reasons[0]!,
    pValue: ofFile(verdict.pValue),
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
    stretchPValues: [],
    warnings: input === undefined ? [] : fileWarnings(input),
    error: { code: error.code, message: error.message },
    ...(input === undefined ? {} : { input }),
  }
}
