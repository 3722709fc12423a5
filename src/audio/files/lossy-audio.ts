import type { PieceDecoder } from './piece-decoder.js'

interface PackageDecoder {
  readonly ready: Promise<void>
  decode(bytes: Uint8Array): PackagePiece | Promise<PackagePiece>
  flush?(): PackagePiece | Promise<PackagePiece>
  free(): void
}

type PackagePiece = Awaited<ReturnType<PieceDecoder['decode']>>[number]

/** Opens the decoder of a lossy format; its module is loaded with the first file that needs it. Ogg comes in whole pages. */
export async function openLossyDecoder(format: 'MP3' | 'Ogg Vorbis' | 'Ogg Opus'): Promise<PieceDecoder> {
  const decoder: PackageDecoder = await create(format)
  await decoder.ready
  return {
    isLossy: true,
    decode: async (bytes) => [await decoder.decode(bytes)],
    end: async () => [await (decoder.flush?.() ?? decoder.decode(new Uint8Array(0)))],
    free: () => decoder.free(),
  }
}

async function create(format: 'MP3' | 'Ogg Vorbis' | 'Ogg Opus'): Promise<PackageDecoder> {
  if (format === 'MP3') return new (await import('mpg123-decoder')).MPEGDecoder()
  return format === 'Ogg Vorbis'
    ? new (await import('@wasm-audio-decoders/ogg-vorbis')).OggVorbisDecoder()
    : new (await import('ogg-opus-decoder')).OggOpusDecoder()
}
