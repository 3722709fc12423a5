import type { MelConvention, PcmFormat } from '../src/protocol.js'
import { requireCount } from './require-count.js'

export interface StreamOptions {
  /** How the mel is made. The server refuses what does not match the model. */
  readonly mel: MelConvention
  /** Default: the server's. */
  readonly model?: string
  /** Seed of the noise, a whole number; default: drawn. The same seed and mel give the same samples. */
  readonly seed?: number
  /** Standard deviation of the noise, 0 to 2; default: the model's. */
  readonly temperature?: number
  /** Shift of the pitch, -36 to 36; default 0. */
  readonly pitchSemitones?: number
  /** `off`: the server takes mels that do not look like natural logarithms. */
  readonly melScaleCheck?: 'on' | 'off'
  /** Passes that move the sound toward its mel; default: all that the model has. Fewer shorten the latency. */
  readonly melProjections?: number
  /** Default s16le, half the bytes of f32le. */
  readonly format?: PcmFormat
  /** Samples that the server may be ahead of whoever takes them; default 44,100, two seconds of 22,050 Hz. */
  readonly aheadSamples?: number
  /**
   * Mel frames kept for resuming; a stream that sent more is not resumed, but reported as lost. Default 20,000:
   * under four minutes, 6.4 MB at 80 bands. 0: never resume.
   */
  readonly keepFrames?: number
}

export type CheckedStreamOptions = StreamOptions &
  Required<Pick<StreamOptions, 'seed' | 'format' | 'aheadSamples' | 'keepFrames'>>

/**
 * Ranges that depend on the model are the server's to check.
 *
 * @throws GlowcastClientError invalid_argument
 */
export function checkStreamOptions(options: StreamOptions): CheckedStreamOptions {
  const checked = {
    ...options,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 32),
    format: options.format ?? 's16le',
    aheadSamples: options.aheadSamples ?? 44_100,
    keepFrames: options.keepFrames ?? 20_000,
  }
  requireCount('mel.melBands', checked.mel.melBands, 1)
  requireCount('seed', checked.seed, 0)
  requireCount('aheadSamples', checked.aheadSamples, 4096)
  requireCount('keepFrames', checked.keepFrames, 0)
  return checked
}
