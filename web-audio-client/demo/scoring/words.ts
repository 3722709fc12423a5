import type { BlockScore, Drift, ScoreDecision, ScoreResult, Scoring, ScoringGroup } from '../../index.js'

/** A sign beside each decision, so that colour alone tells nothing. */
export const decisionSigns: Readonly<Record<ScoreDecision, string>> = { accept: '✓', retry: '?', reject: '✕' }

const decisionWords: Readonly<Record<ScoreDecision, string>> = {
  accept: 'Accept: like the normal recordings',
  retry: 'Retry: unlike the normal recordings, for no reason that has a name',
  reject: 'Reject',
}

/** A p-value as it may be printed: never smaller than so many calibration recordings can say. */
export function pText(pValue: number | null): string {
  if (pValue === null) return 'none'
  return pValue < 0.0995 ? pValue.toPrecision(2) : pValue.toFixed(2)
}

/** Bits per sample; digital silence, of which the model is sure that it never comes, takes thousands. */
export function bitsText(bits: number | null): string {
  if (bits === null) return 'none'
  return bits < 100 ? bits.toFixed(2) : 'over 100'
}

export function timeText(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${(seconds - 60 * minutes).toFixed(2).padStart(5, '0')}`
}

export function blockSpan({ startSeconds, endSeconds }: BlockScore): string {
  return `${startSeconds.toFixed(1)} to ${endSeconds.toFixed(1)} s`
}

/** A block's decision as one sentence. */
export function blockSentence(block: BlockScore): string {
  const { decision, reasons, error } = block
  return `${decisionSentence(decision, reasons)}${error === null ? '' : ` (${error.message})`}`
}

/** The decision on all blocks at once. */
export function resultSentence({ decision }: ScoreResult, blocks: readonly BlockScore[]): string {
  const reasons = blocks.filter((block) => block.decision !== 'accept').flatMap((block) => block.reasons)
  return decisionSentence(decision, [...new Set(reasons)])
}

function decisionSentence(decision: ScoreDecision, reasons: readonly string[]): string {
  const named = reasons.filter((reason) => reason !== 'other')
  const words = decisionWords[decision]
  return decision === 'reject' && named.length > 0 ? `${words}: ${named.join(', ')}` : words
}

/** A group in words. */
export function groupText({ name, n, blockSeconds }: ScoringGroup): string {
  const items = blockSeconds === undefined ? 'recordings' : `blocks of ${blockSeconds} s`
  return `${n} ${items} (“${name}”)`
}

/** Where the p-value's floor lies, and what it is of. */
export function calibrationText(group: ScoringGroup, { falseAlarmRate }: Scoring): string {
  const percent = Number((100 * falseAlarmRate).toPrecision(2))
  return `Ranked among ${groupText(group)} of ${group.date}; ${percent} % of normal ones are not accepted.`
}

export function driftText({ tests, alarm, alarmBlock }: Drift): string {
  if (alarm) return `Drift: this is not like the normal recordings, since block ${(alarmBlock ?? 0) + 1}`
  return tests === 0
    ? 'Drift: no block counts yet'
    : `Drift: none after ${tests} ${tests === 1 ? 'block' : 'blocks'}`
}
