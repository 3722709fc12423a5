import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { GlowcastError } from '../errors.js'
import type { Audio } from './wav.js'

/** Where the count of samples lies: "fLaC", a block header of 4 bytes, then STREAMINFO (RFC 9639, section 8.2). */
const SAMPLE_COUNT_OFFSET = 21
const STREAM_INFO_END = 42

/**
 * The header of a frame that never comes (of 4096 mono samples, as it happens) and room for the parser to look
 * at. The parser takes a frame as ended where the next one starts, and at the end of a file guesses wrongly
 * when the last frame is shorter than 14 bytes, as digital silence is.
 */
const TERMINATOR = Uint8Array.from([0xff, 0xf8, 0xc6, 0x08, 0x00, 0xd2, ...new Array<number>(16).fill(0)])

/**
 * Decodes a whole FLAC file, scaled like `decodeWav`: integers of b bits divided by 2^(b - 1).
 *
 * @param field how errors name the file
 * @throws GlowcastError INVALID_AUDIO when the file is broken or lacks samples that its header tells of
 */
export async function decodeFlac(bytes: Uint8Array, field = 'flac'): Promise<Audio> {
  const promised = promisedSamples(bytes, field)
  const decoder = new FLACDecoder()
  try {
    await decoder.ready
    const terminated = new Uint8Array(bytes.length + TERMINATOR.length)
    terminated.set(bytes)
    terminated.set(TERMINATOR, bytes.length)
    const { channelData, sampleRate, bitDepth, errors } = await decoder.decode(terminated)
    const samples = channelData[0]?.length ?? 0
    // The decoder skips frames that it cannot read without a word; the header's count tells.
    if (errors.length > 0 || samples === 0 || (promised > 0 && samples !== promised)) {
      const got = errors[0]?.message ?? `${samples} readable samples of ${promised || 'an unknown number'}`
      throw new GlowcastError('INVALID_AUDIO', field, got, 'a whole FLAC file')
    }
    for (const channel of channelData) rescale(channel, bitDepth)
    return { sampleRate, channels: channelData }
  } catch (cause) {
    if (cause instanceof GlowcastError) throw cause
    const got = `data that breaks the decoder (${(cause as Error).message})`
    throw new GlowcastError('INVALID_AUDIO', field, got, 'a whole FLAC file', { cause })
  } finally {
    decoder.free()
  }
}

/** Samples of each channel by the header; 0 where its writer did not know. */
function promisedSamples(bytes: Uint8Array, field: string): number {
  if (bytes.length < STREAM_INFO_END) {
    throw new GlowcastError('INVALID_AUDIO', field, `${bytes.length} bytes`, 'a whole FLAC file')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (view.getUint8(SAMPLE_COUNT_OFFSET) % 16) * 2 ** 32 + view.getUint32(SAMPLE_COUNT_OFFSET + 1)
}

/** The decoder divides by 2^(b - 1) - 1, which makes the same recording louder than as WAV, by 3e-5 at 16 bits. */
function rescale(channel: Float32Array, bitDepth: number): void {
  const full = 2 ** (bitDepth - 1)
  for (let i = 0; i < channel.length; i++) channel[i] = Math.round(channel[i]! * (full - 1)) / full
}
