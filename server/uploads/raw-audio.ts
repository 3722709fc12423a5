import { assertAudioSamples } from '../../src/audio/buffers/finite.js'
import { type AudioLimit, assertWithin } from '../../src/audio/limits.js'
import type { Audio } from '../../src/audio/wav/wav.js'
import { invalidAudio } from '../../src/errors.js'
import { channelOf } from '../../src/numeric/stats.js'
import { pcmToSamples, sampleBytes } from '../../src/protocol/messages.js'
import type { RawAudio } from '../scoring/messages.js'

/**
 * Interleaved samples as channels.
 *
 * @throws GlowcastError INVALID_AUDIO when the last sample is cut or one is more than 16 in size; NON_FINITE; INVALID_ARGUMENT beyond the limit
 */
export function rawAudio(bytes: Uint8Array, raw: RawAudio, limit: AudioLimit): Audio {
  const { sampleRate, channels, format } = raw
  const frameBytes = channels * sampleBytes[format]
  if (bytes.length % frameBytes !== 0) {
    throw invalidAudio(
      'body',
      `${bytes.length} bytes`,
      `${format} samples of ${channels} channels: a multiple of ${frameBytes}`,
    )
  }
  assertWithin(limit, bytes.length / frameBytes, raw, 'body')
  const values = pcmToSamples(bytes, format)
  const parts = Array.from({ length: channels }, (_, channel) => channelOf(values, channel, channels))
  assertAudioSamples(parts, 0, 'body')
  return { sampleRate, channels: parts }
}
