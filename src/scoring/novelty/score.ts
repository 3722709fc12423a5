import { fileWarnings } from '../../audio/files/file-warnings.js'
import { GlowcastError } from '../../errors.js'
import { openRecording, scoredPart } from '../recording/recording.js'
import { conformalP, familyWiseP } from '../statistics/conformal.js'
import { stretchesP } from '../statistics/segments-p.js'
import { type FileScore, stretchesPerFile, unscored } from '../verdict/file-score.js'
import type { ShownStretch } from '../verdict/shown-segment.js'
import { trainedOnWarning, warningsFor } from '../verdict/warnings.js'
import type { ContentGroup } from './calibration.js'
import type { ContentFamily } from './config.js'
import type { ContentMeter } from './meter.js'
import { recordingHash } from './model.js'
import { patchDeviations } from './patch-deviations.js'
import { requireContentScorable } from './recording.js'
import { type ContentNormal, contentDeviations, contentScore } from './statistics.js'

export interface ContentFileScore extends FileScore {
  /** Of each detector that decided; `pValue` is the smallest times their number. */
  readonly pValues: { readonly texture?: number | null; readonly content: number | null }
  /** What the content model found; absent when it could not score the file. */
  readonly content?: {
    /** Negative log-likelihood of the mel patches: printed, no part of the score. */
    readonly natsPerValue: number
    /** Of the stretch that is least like normal ones: how far each family is from normal, in deviations. */
    readonly deviations: Readonly<Partial<Record<ContentFamily, number>>>
  }
}

export interface ContentScoreOptions {
  readonly normal: ContentNormal
  /** Hashes of the recordings that trained, `recordingHash`. */
  readonly trainedOn: ReadonlySet<string>
  readonly group: ContentGroup
  readonly falseAlarmRate: number
  /** Of the ties. */
  readonly seed: number
  /** Position of the file in its batch. */
  readonly index: number
  /** Told of every stretch, for a report. */
  readonly onStretch?: (shown: ShownStretch) => void
}

interface StretchVerdict {
  readonly startSeconds: number
  readonly endSeconds: number
  readonly nats: number
  readonly pValue: number
  readonly score: number
  readonly deviations: Partial<Record<ContentFamily, number>>
}

/**
 * Scores a file by the content model alone. What is wrong with the file itself is in the answer, so that a batch goes
 * on; only our own failures throw.
 */
export async function scoreContentFile(
  path: string,
  meter: ContentMeter,
  options: ContentScoreOptions,
): Promise<ContentFileScore> {
  const { group, falseAlarmRate } = options
  let input: FileScore['input']
  try {
    const recording = await openRecording(path, meter.sampleRate)
    input = recording.facts
    const { seconds: duration, levelDb, dc } = input
    requireContentScorable(path, { seconds: duration, meanSquare: 10 ** ((levelDb ?? -Infinity) / 10), dc })
    const verdicts: StretchVerdict[] = []
    for await (const stretch of recording.stretches()) {
      verdicts.push(await judge(scoredPart(stretch), meter, options, verdicts))
    }
    const seconds = verdicts.at(-1)!.endSeconds
    const nats = verdicts.reduce((sum, v) => sum + v.nats * (v.endSeconds - v.startSeconds), 0) / seconds
    const stretchPValues = verdicts.map((verdict) => verdict.pValue)
    const pValue = stretchesP(stretchPValues, group.n)
    const worst = verdicts.reduce((a, b) => (b.score > a.score ? b : a))
    const accepted = pValue > falseAlarmRate
    // Each stretch that the file's threshold would refuse by itself.
    const found = verdicts.filter((verdict) => verdicts.length * verdict.pValue <= falseAlarmRate)
    return {
      file: path,
      bitsPerSample: null,
      natsPerSample: null,
      pValue,
      stretchPValues,
      pValues: { content: pValue },
      content: { natsPerValue: nats, deviations: worst.deviations },
      decision: accepted ? 'accept' : 'reject',
      reasons: accepted ? [] : ['wrong content'],
      anomalies: found.map(({ startSeconds, endSeconds, pValue }) => ({
        startSeconds,
        endSeconds,
        kind: 'wrong content',
        pValue: Math.min(1, verdicts.length * pValue),
      })),
      warnings: [
        ...warningsFor(input, meter.sampleRate, group, falseAlarmRate, verdicts.length),
        ...fileWarnings(input),
        ...(options.trainedOn.has(await recordingHash(path)) ? [trainedOnWarning] : []),
      ],
      input,
    }
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    return { ...unscored(path, error, input), pValues: { content: null } }
  }
}

async function judge(
  stretch: Float32Array,
  meter: ContentMeter,
  { normal, group, seed, index, onStretch }: ContentScoreOptions,
  before: readonly StretchVerdict[],
): Promise<StretchVerdict> {
  const { seconds, natsPerValue, statistics, patches, patchNats } = await meter.measure(stretch)
  const deviations = contentDeviations(normal, statistics)
  const startSeconds = before.at(-1)?.endSeconds ?? 0
  onStretch?.({
    startSeconds,
    waveform: stretch,
    latents: patchDeviations(patches, normal.reference),
    verdict: { deviations: patchNats, families: deviations },
  })
  const score = contentScore(deviations)
  const tie = { seed, index: stretchesPerFile * index + before.length }
  return {
    startSeconds,
    endSeconds: startSeconds + seconds,
    nats: natsPerValue,
    pValue: conformalP(score, group.scores, tie),
    score,
    deviations,
  }
}

/** With both detectors each gets this share of the false-alarm rate: it then holds whatever their dependence (Bonferroni). */
export const shareOfBoth = 1 / 2

/** @param texture and content, both at `shareOfBoth` of the false-alarm rate that is wanted */
export function combinedScore(texture: FileScore, content: ContentFileScore): ContentFileScore {
  if (texture.error !== undefined || content.error !== undefined) {
    const failed = texture.error === undefined ? content : texture
    return { ...failed, pValues: { texture: texture.pValue, content: content.pValue } }
  }
  const codes = new Set(texture.warnings.map(({ code }) => code))
  const reasons = [...new Set([...content.reasons, ...texture.reasons])]
  const decisions = [texture.decision, content.decision]
  const pValue = familyWiseP([texture.pValue!, content.pValue!])
  return {
    ...content,
    bitsPerSample: texture.bitsPerSample,
    natsPerSample: texture.natsPerSample,
    pValue,
    // The detectors may cut a file differently: only its p as a whole is of both.
    stretchPValues: [pValue],
    pValues: { texture: texture.pValue, content: content.pValue },
    decision: decisions.includes('reject') ? 'reject' : decisions.includes('retry') ? 'retry' : 'accept',
    reasons: reasons.length > 1 ? reasons.filter((reason) => reason !== 'other') : reasons,
    anomalies: [...content.anomalies, ...texture.anomalies],
    warnings: [...texture.warnings, ...content.warnings.filter(({ code }) => !codes.has(code))],
  }
}
