import * as nodeWav from 'node-wav'
import { GlowcastError } from '../errors.js'
import { encodeSamples, type WavEncoding, wavHeader } from './wav-encoding.js'
import { parseWavFormat, type WavFormat } from './wav-format.js'

/** Audio in memory: one array of samples per channel, all equally long, full scale ±1. */
export interface Audio {
  /** Hz */
  sampleRate: number
  channels: Float32Array[]
}

/**
 * Decodes a WAV file: PCM of 8, 16, 24 and 32 bits, float of 32 and 64 bits, any number of channels. PCM is
 * scaled by 2^(bits - 1), so that full scale is [-1, 1). Sizes left open by streaming writers, or larger
 * than the file, mean "up to the end".
 *
 * @param field how errors name the file
 * @throws GlowcastError INVALID_AUDIO (not WAV, broken, truncated before the samples), UNSUPPORTED_FORMAT
 */
export function decodeWav(bytes: Uint8Array, field = 'wav'): Audio {
  const format = parseWavFormat(bytes, field)
  const data = bytes.subarray(format.dataOffset, format.dataOffset + format.dataLength)
  return { sampleRate: format.sampleRate, channels: decodeSamples(data, format) }
}

/**
 * Interleaved samples -> channels, by node-wav. It is given a plain header and aligned data, as it takes
 * neither WAVE_FORMAT_EXTENSIBLE, nor open sizes, nor samples at odd addresses.
 */
export function decodeSamples(data: Uint8Array, format: WavFormat): Float32Array[] {
  const header = wavHeader(format, data.length)
  const file = new Uint8Array(Math.ceil((header.length + data.length) / 8) * 8)
  // Samples of 64 bits must lie at a multiple of 8 bytes; a header of 44 bytes would put them off.
  file.set(header)
  file.set(data, header.length)
  const { channelData } = nodeWav.decode(file.subarray(0, header.length + data.length))
  if (format.encoding === 'pcm' && format.bitDepth < 32) {
    for (const channel of channelData) undoUnevenScale(channel, format.bitDepth)
  }
  return channelData
}

/**
 * node-wav divides positive samples by 2^(bits-1) - 1 but negative ones by 2^(bits-1), which distorts, and
 * takes the most negative 24-bit sample for a positive one. At 32 bits neither shows in a float.
 */
function undoUnevenScale(channel: Float32Array, bitDepth: number): void {
  const full = 2 ** (bitDepth - 1)
  for (let i = 0; i < channel.length; i++) {
    const sample = channel[i]!
    if (sample <= 0) continue
    const integer = Math.round(sample * (full - 1))
    channel[i] = integer === full ? -1 : integer / full
  }
}

/**
 * Encodes a WAV file. Integers are rounded to the nearest; samples beyond full scale are clipped to it
 * (`openWavWriter` counts them). float32 keeps every sample as it is.
 *
 * @throws GlowcastError INVALID_AUDIO for no channels or unequal lengths, NON_FINITE, INVALID_ARGUMENT when
 *   longer than a WAV file can be
 */
export function encodeWav(audio: Audio, { format }: { format: WavEncoding }): Uint8Array {
  const { channels, sampleRate } = audio
  const [first] = channels
  if (!first || channels.some((channel) => channel.length !== first.length)) {
    const got = `channels of ${channels.map((channel) => channel.length).join(', ') || 'no'} samples`
    throw new GlowcastError('INVALID_AUDIO', 'audio', got, 'one or more channels of equal length')
  }
  const { bytes } = encodeSamples(channels, format, 'audio')
  const bitDepth = { int16: 16, int24: 24, float32: 32 }[format]
  const encoding = format === 'float32' ? 'float' : 'pcm'
  const header = wavHeader({ sampleRate, channels: channels.length, bitDepth, encoding }, bytes.length)
  const file = new Uint8Array(header.length + bytes.length + (bytes.length % 2))
  file.set(header)
  file.set(bytes, header.length)
  return file
}
