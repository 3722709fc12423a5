import { type PcmFormat, pcmFormats } from '../../../src/protocol/messages.js'
import { refuseArgument, requireObject } from '../../connection/errors.js'
import { requireCount } from '../../connection/require-count.js'

export interface ScoringOptions {
  /** Of the recording, whole Hz. Send it as it was recorded: the server resamples, and its resampling does no harm. */
  readonly sampleRate: number
  /**
   * Calibration that the blocks are ranked among; default: one of blocks of this length, where the server has it, else
   * its group of recordings. `Ready.scoring` lists them.
   */
  readonly group?: string
  /** Share of normal blocks that are not accepted; default 0.01. */
  readonly falseAlarmRate?: number
  /** Length of the blocks that get a p-value, 0.5 to 30 s; default 5 s. */
  readonly blockSeconds?: number
  /** Chance that a stream of normal blocks, however long, is ever said to drift; default 0.01. */
  readonly driftFalseAlarmRate?: number
  /**
   * Default s16le, half the bytes of f32le. Its steps are part of what is scored, and so is the clipping of what lies
   * beyond -1 to 1.
   */
  readonly format?: PcmFormat
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
  requireObject('options', options, '{ sampleRate }')
  const checked = {
    ...options,
    format: options.format ?? 's16le',
    aheadSeconds: options.aheadSeconds ?? 60,
    keepSeconds: options.keepSeconds ?? 120,
  }
  requireCount('sampleRate', checked.sampleRate, 1)
  if (!pcmFormats.includes(checked.format)) refuseArgument('format', checked.format, pcmFormats.join(' or '))
  requireSeconds('aheadSeconds', checked.aheadSeconds, 1)
  requireSeconds('keepSeconds', checked.keepSeconds, 0)
  return checked
}

function requireSeconds(field: string, value: number, least: number): void {
  if (!(value >= least)) refuseArgument(field, value, `seconds from ${least} on`)
}
