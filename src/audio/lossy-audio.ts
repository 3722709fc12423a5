import { GlowcastError } from '../errors.js'
import type { CompressedFormat } from './audio-format.js'
import type { PieceDecoder } from './piece-decoder.js'

/** More are seldom sent; a page, which is decoded at once, can hold a million samples of each channel. */
const MOST_OGG_CHANNELS = 8

/** How the headers of streams in an Ogg file start, and how far behind that the number of channels lies. */
const OGG_HEADERS = [
  { start: '\x01vorbis', channelsAt: 11 },
  { start: 'OpusHead', channelsAt: 9 },
]
const OGG_HEADER_BYTES = 12

/** Finds the headers in the bytes of an Ogg file; there may be several streams, one after the other. */
class OggHeaders {
  private rest: Buffer = Buffer.alloc(0)

  constructor(private readonly field: string) {}

  /** @throws GlowcastError UNSUPPORTED_FORMAT for more channels than are decoded */
  push(bytes: Uint8Array): void {
    const held = Buffer.concat([this.rest, bytes])
    for (const { start, channelsAt } of OGG_HEADERS) {
      for (let at = held.indexOf(start, 0, 'latin1'); at >= 0; at = held.indexOf(start, at + 1, 'latin1')) {
        const channels = held[at + channelsAt] ?? 0
        if (channels <= MOST_OGG_CHANNELS) continue
        const got = `Ogg with ${channels} channels`
        throw new GlowcastError('UNSUPPORTED_FORMAT', this.field, got, `at most ${MOST_OGG_CHANNELS}`)
      }
    }
    this.rest = held.subarray(-OGG_HEADER_BYTES)
  }
}

/** Opens the decoder of a lossy format; its module is loaded with the first file that needs it. */
export async function openLossyDecoder(
  format: Exclude<CompressedFormat, 'FLAC'>,
  field: string,
): Promise<PieceDecoder> {
  if (format === 'MP3') {
    const { MPEGDecoder } = await import('mpg123-decoder')
    const decoder = new MPEGDecoder()
    await decoder.ready
    const decode = (bytes: Uint8Array) => decoder.decode(bytes)
    return { promised: 0, decode, end: () => decode(new Uint8Array(0)), free: () => decoder.free() }
  }
  const decoder =
    format === 'Ogg Vorbis'
      ? new (await import('@wasm-audio-decoders/ogg-vorbis')).OggVorbisDecoder()
      : new (await import('ogg-opus-decoder')).OggOpusDecoder()
  await decoder.ready
  const headers = new OggHeaders(field)
  return {
    promised: 0,
    decode: (bytes) => {
      headers.push(bytes)
      return decoder.decode(bytes)
    },
    end: () => decoder.flush(),
    free: () => decoder.free(),
  }
}
