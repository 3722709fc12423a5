import { type ClientMessage, type MelConvention, pcmFormats } from '../../../src/protocol/messages.js'
import { assertObject, refuseArgument } from '../../connection/errors.js'
import { assertCount } from '../../connection/require-count.js'

type OpenMessage = Extract<ClientMessage, { type: 'open' }>

/** Fields of `open`, and what only the client needs to know. */
export interface StreamOptions extends Omit<OpenMessage, 'type' | 'stream' | 'seed' | 'credit'> {
  /** Seed of the noise, a whole number; default: drawn. The same seed and mel give the same samples. */
  readonly seed?: number
  /** Samples that the server may be ahead of whoever takes them; default 44,100, two seconds of 22,050 Hz. */
  readonly aheadSamples?: number
  /**
   * Mel frames kept for resuming; a stream that sent more is not resumed, but reported as lost. Default 20,000:
   * under four minutes, 6.4 MB at 80 bands. 0: never resume.
   */
  readonly keepFrames?: number
  /** Cancels the stream when it aborts; whoever waits is thrown its reason. */
  readonly signal?: AbortSignal
}

export type CheckedStreamOptions = StreamOptions &
  Required<Pick<StreamOptions, 'seed' | 'format' | 'aheadSamples' | 'keepFrames'>>

/**
 * Ranges that depend on the model are the server's to check.
 *
 * @throws GlowcastClientError invalid_argument
 */
export function checkStreamOptions(options: StreamOptions): CheckedStreamOptions {
  assertObject('options', options, '{ mel }')
  assertMel(options.mel)
  const checked = {
    ...options,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 32),
    format: options.format ?? 's16le',
    aheadSamples: options.aheadSamples ?? 44_100,
    keepFrames: options.keepFrames ?? 20_000,
  }
  if (!pcmFormats.includes(checked.format)) refuseArgument('format', checked.format, pcmFormats.join(' or '))
  assertCount('seed', checked.seed, 0)
  assertCount('aheadSamples', checked.aheadSamples, 4096)
  assertCount('keepFrames', checked.keepFrames, 0)
  return checked
}

const melNumbers = ['sampleRate', 'fftSize', 'winLength', 'hopLength', 'melBands'] as const
const melOthers = ['fMin', 'fMax', 'melScale', 'melNorm', 'logBase', 'logFloor', 'power'] as const

/** Which conventions there are is the server's to say; that all of one is told is ours. */
function assertMel(mel: MelConvention): void {
  assertObject('mel', mel, "how your mel is made, as melPresets['nvidia-22k']")
  for (const name of melNumbers) assertCount(`mel.${name}`, mel[name], 1)
  for (const name of melOthers) {
    if (mel[name] === undefined) refuseArgument(`mel.${name}`, 'nothing', 'all of the convention')
  }
}
