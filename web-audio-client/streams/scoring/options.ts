import { type ClientMessage, pcmFormats } from '../../../src/protocol/messages.js'
import { assertObject, refuseArgument } from '../../connection/errors.js'
import { assertCount } from '../../connection/require-count.js'

type ScoreMessage = Extract<ClientMessage, { type: 'score' }>

/**
 * Fields of `score`, and what only the client needs to know. Send the recording as it was made: the server resamples, and its
 * resampling does no harm. The steps of s16le are part of what is scored, and so is the clipping of what lies beyond -1 to 1.
 */
export interface ScoringOptions extends Omit<ScoreMessage, 'type' | 'stream'> {
  /** Seconds of audio whose scores may wait for whoever iterates before nothing more is sent; default 60. */
  readonly aheadSeconds?: number
  /**
   * Seconds of the recording kept for resuming; a stream that sent more is not resumed, but reported as lost.
   * Default 120: 11.5 MB at 48,000 Hz as s16le. 0: never resume.
   */
  readonly keepSeconds?: number
  /** Cancels the stream when it aborts; whoever waits is thrown its reason. */
  readonly signal?: AbortSignal
}

export type CheckedScoringOptions = ScoringOptions &
  Required<Pick<ScoringOptions, 'format' | 'aheadSeconds' | 'keepSeconds'>>

/**
 * Ranges that the server knows are the server's to check.
 *
 * @throws GlowcastClientError invalid_argument
 */
export function checkScoringOptions(options: ScoringOptions): CheckedScoringOptions {
  assertObject('options', options, '{ sampleRate }')
  const checked = {
    ...options,
    format: options.format ?? 's16le',
    aheadSeconds: options.aheadSeconds ?? 60,
    keepSeconds: options.keepSeconds ?? 120,
  }
  assertCount('sampleRate', checked.sampleRate, 1)
  if (!pcmFormats.includes(checked.format)) refuseArgument('format', checked.format, pcmFormats.join(' or '))
  assertSeconds('aheadSeconds', checked.aheadSeconds, 1)
  assertSeconds('keepSeconds', checked.keepSeconds, 0)
  return checked
}

function assertSeconds(field: string, value: number, least: number): void {
  if (!(value >= least)) refuseArgument(field, value, `seconds from ${least} on`)
}
