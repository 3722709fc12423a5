import type { CompressedFormat } from './audio-format.js'
import { OggPages } from './ogg-pages.js'
import type { PieceDecoder } from './piece-decoder.js'

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
  const pages = new OggPages(field)
  return {
    promised: 0,
    decode: (bytes) => decoder.decode(pages.push(bytes)),
    end: () => decoder.flush(),
    free: () => decoder.free(),
  }
}
