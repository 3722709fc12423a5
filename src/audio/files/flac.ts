import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { invalidAudio, unsupportedFormat } from '../../errors.js'
import { plural } from '../../plural.js'
import { type AudioLimit, assertUsual, assertWithin } from '../limits.js'
import { convertWithFfmpeg } from './audio-format.js'
import type { DecodedPiece, PieceDecoder } from './piece-decoder.js'

/** "fLaC", a block header of 4 bytes, then STREAMINFO (RFC 9639, section 8.2), which has the size of samples and their count. */
export const STREAM_INFO_END = 42
/** Where rate and channels lie. */
const SHAPE_OFFSET = 18
const BIT_DEPTH_OFFSET = 20
const SAMPLE_COUNT_OFFSET = 21

/** The decoder reads no more. */
const MOST_BITS = 24

/**
 * The header of a frame that never comes (of 4096 mono samples, as it happens) and room for the parser to look
 * at. The parser takes a frame as ended where the next one starts, and at the end of a file guesses wrongly
 * when the last frame is shorter than 14 bytes, as digital silence is.
 */
const TERMINATOR = Uint8Array.from([0xff, 0xf8, 0xc6, 0x08, 0x00, 0xd2, ...new Array<number>(16).fill(0)])

/**
 * A decoder of FLAC, scaled like `decodeWav`: integers of b bits divided by 2^(b - 1).
 *
 * @param start the first `STREAM_INFO_END` bytes of the stream
 * @param field how errors name the file
 * @throws GlowcastError INVALID_AUDIO when the file ends within its header, UNSUPPORTED_FORMAT for more than 24 bits,
 *   INVALID_ARGUMENT when the header promises more than the limit
 */
export async function openFlacDecoder(
  start: Uint8Array,
  field: string,
  limit?: AudioLimit,
): Promise<PieceDecoder> {
  const promised = promisedSamples(start, field)
  assertPromised(start, promised, limit, field)
  const decoder = new FLACDecoder()
  await decoder.ready
  let samples = 0
  const decode = async (bytes: Uint8Array): Promise<DecodedPiece> => {
    const { channelData, sampleRate, bitDepth, errors } = await decoder.decode(bytes)
    for (const channel of channelData) rescale(channel, bitDepth)
    samples += channelData[0]?.length ?? 0
    return { channelData, sampleRate, errors }
  }
  return {
    decode: async (bytes) => [await decode(bytes)],
    async end() {
      const last = await decode(TERMINATOR)
      // The decoder skips frames that it cannot read without a word; the header's count tells.
      const isWhole = promised === 0 || samples === promised
      const lost = isWhole ? [] : [{ message: `${samples} readable samples of ${promised}` }]
      return [{ ...last, errors: [...last.errors, ...lost] }]
    },
    free: () => decoder.free(),
  }
}

/** Samples of each channel by the header; 0 where its writer did not know. */
function promisedSamples(start: Uint8Array, field: string): number {
  if (start.length < STREAM_INFO_END) {
    throw invalidAudio(field, plural(start.length, 'byte'), 'a whole FLAC file')
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const bitDepth = ((view.getUint16(BIT_DEPTH_OFFSET) >> 4) & 31) + 1
  if (bitDepth > MOST_BITS) {
    throw unsupportedFormat(
      field,
      `FLAC of ${bitDepth} bits`,
      `at most ${MOST_BITS} bits: ${convertWithFfmpeg(field)}`,
    )
  }
  return (view.getUint8(SAMPLE_COUNT_OFFSET) % 16) * 2 ** 32 + view.getUint32(SAMPLE_COUNT_OFFSET + 1)
}

/** A file that tells that it is too long is not decoded to see it. */
function assertPromised(
  start: Uint8Array,
  promised: number,
  limit: AudioLimit | undefined,
  field: string,
): void {
  const bits = new DataView(start.buffer, start.byteOffset, start.byteLength).getUint32(SHAPE_OFFSET)
  const shape = { sampleRate: bits >>> 12, channels: ((bits >>> 9) & 7) + 1 }
  assertUsual(shape, field)
  assertWithin(limit, promised, shape, field)
}

/** The decoder divides by 2^(b - 1) - 1, which makes the same recording louder than as WAV, by 3e-5 at 16 bits. */
function rescale(channel: Float32Array, bitDepth: number): void {
  const full = 2 ** (bitDepth - 1)
  for (let i = 0; i < channel.length; i++) channel[i] = Math.round(channel[i]! * (full - 1)) / full
}
