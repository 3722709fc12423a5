import { invalidAudio } from '../../errors.js'
import { joinChannels } from '../files/channels.js'
import { parseWavFormat } from './chunk-walk.js'
import { decodeSamples } from './decoding.js'
import { encodeSamples, headerFormat, type WavEncoding, wavHeader } from './encoding.js'

export type { WavEncoding } from './encoding.js'

/** Audio in memory: one array of samples per channel, all equally long; full scale is ±1. */
export interface Audio {
  /** Hz */
  sampleRate: number
  channels: Float32Array[]
}

/**
 * Decodes a WAV file: PCM of 8, 16, 24 and 32 bits, float of 16, 32 and 64 bits, A-law and mu-law, any number of
 * channels. PCM is divided by 2^(bits - 1), so that it lies in [-1, 1). A size left open by a streaming writer means "up to
 * the end, or to the next WAV file", a size larger than the file "up to the end".
 *
 * @param field how errors name the file
 * @throws GlowcastError INVALID_AUDIO (not WAV, broken, truncated before the samples), UNSUPPORTED_FORMAT
 */
export function decodeWav(bytes: Uint8Array, field = 'wav'): Audio {
  const format = parseWavFormat(bytes, field)
  const pieces = format.parts.map(({ offset, length }) =>
    decodeSamples(bytes.subarray(offset, offset + length), format),
  )
  return { sampleRate: format.sampleRate, channels: joinChannels(pieces) }
}

/**
 * Encodes a WAV file. Integers are rounded to the nearest, and samples beyond full scale clipped to it
 * (`openWavWriter` counts them); float32 keeps every sample as it is.
 *
 * @throws GlowcastError INVALID_AUDIO for no channels or unequal lengths, NON_FINITE
 */
export function encodeWav(audio: Audio, { format }: { format: WavEncoding }): Uint8Array {
  const { channels, sampleRate } = audio
  const [first] = channels
  if (!first || channels.some((channel) => channel.length !== first.length)) {
    const got = channels.length === 0 ? 'no channels' : `channels of ${channels.map((c) => c.length)} samples`
    throw invalidAudio('audio', got, 'channels of equal length')
  }
  const { bytes } = encodeSamples(channels, format, 'audio')
  const header = wavHeader(headerFormat(sampleRate, channels.length, format), bytes.length)
  const file = new Uint8Array(header.length + bytes.length + (bytes.length % 2))
  file.set(header)
  file.set(bytes, header.length)
  return file
}
