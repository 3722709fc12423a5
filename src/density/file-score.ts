import { GlowcastError } from '../errors.js'
import { bitsPerSample } from '../units.js'
import type { GroupCalibration } from './calibration.js'
import { familyWiseP } from './conformal.js'
import type { Latents } from './likelihood.js'
import { isMostlySilent, type Reason } from './reasons.js'
import { openRecording, requireScorable, type ScoredRecording, scoredPart } from './recording.js'
import type { RecordingMeter } from './recording-meter.js'
import { type ScoreWarning, warningsFor } from './score-warnings.js'
import type { SignalFacts } from './signal-facts.js'
import { judgeStretch, type StretchVerdict } from './texture-judge.js'

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
  /** Told of every stretch, for a report. */
  readonly onStretch?: (stretch: Float32Array, latents: Latents, verdict: StretchVerdict) => void
}

/** Error codes that speak of the recording's content: an answer, not a failure to read it. */
export const contentCodes: ReadonlySet<string> = new Set(['TOO_SHORT', 'SILENT', 'NON_FINITE'])

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
  return scoreRecording(path, () => openRecording(path, meter.sampleRate), meter, options)
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
    const verdicts: { verdict: StretchVerdict; seconds: number; nats: number }[] = []
    for await (const stretch of recording.stretches()) {
      const { measurement, latents } = await meter.measure(stretch)
      const tie = { seed: options.seed, index: stretchesPerFile * options.index + verdicts.length }
      const verdict = judgeStretch(measurement, input, options.group, { ...options, tie })
      options.onStretch?.(scoredPart(stretch), latents, verdict)
      verdicts.push({ verdict, seconds: measurement.seconds, nats: measurement.natsPerSample })
    }
    const seconds = verdicts.reduce((sum, entry) => sum + entry.seconds, 0)
    const nats = verdicts.reduce((sum, entry) => sum + entry.nats * entry.seconds, 0) / seconds
    const stretchPValues = verdicts.map(({ verdict }) => verdict.pValue)
    const pValue = familyWiseP(stretchPValues)
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
      anomalies: decision === 'accept' ? [] : anomaliesOf(verdicts, meter, reasons[0]!, pValue),
      stretchPValues,
      warnings: warningsFor(
        input,
        meter.sampleRate,
        options.group,
        options.falseAlarmRate,
        verdicts.length,
        recording.isPart,
      ),
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
  verdicts: readonly StretchVerdict[],
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

/** Marked segments; where none stands out, the whole stretch that is unlike normal ones. */
function anomaliesOf(
  verdicts: readonly { verdict: StretchVerdict; seconds: number }[],
  meter: RecordingMeter,
  reason: Reason,
  filePValue: number,
): Anomaly[] {
  const frameSeconds = meter.hopLength / meter.sampleRate
  const anomalies: Anomaly[] = []
  let start = 0
  for (const { verdict, seconds } of verdicts) {
    for (const { firstFrame, endFrame, kind, pValue } of verdict.segments) {
      anomalies.push({
        startSeconds: start + firstFrame * frameSeconds,
        endSeconds: start + endFrame * frameSeconds,
        kind,
        pValue: Math.min(1, pValue * verdicts.length),
      })
    }
    start += seconds
  }
  if (anomalies.length > 0) return anomalies
  return [{ startSeconds: 0, endSeconds: start, kind: reason, pValue: filePValue }]
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
    warnings: [],
    error: { code: error.code, message: error.message },
    ...(input === undefined ? {} : { input }),
  }
}
