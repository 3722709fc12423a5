import { GlowcastError } from '../errors.js'
import type { Audio } from './wav.js'

/** Lossy formats that are read, each by a decoder that is loaded when a file needs it. */
export type LossyFormat = 'MP3' | 'Ogg Vorbis' | 'Ogg Opus'

/** What the decoders of the three packages give. */
interface Decoded {
  readonly channelData: Float32Array[]
  readonly sampleRate: number
  readonly errors: readonly { readonly message: string }[]
}

interface Decoder {
  readonly ready: Promise<void>
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>
  free(): void
}

async function openDecoder(format: LossyFormat): Promise<Decoder> {
  if (format === 'MP3') {
    const { MPEGDecoder } = await import('mpg123-decoder')
    return new MPEGDecoder()
  }
  const decoder =
    format === 'Ogg Vorbis'
      ? new (await import('@wasm-audio-decoders/ogg-vorbis')).OggVorbisDecoder()
      : new (await import('ogg-opus-decoder')).OggOpusDecoder()
  return {
    ready: decoder.ready,
    decode: (bytes) => decoder.decodeFile(bytes),
    free: () => decoder.free(),
  }
}

/** The lossy format that a file's first bytes show, if it is one that is read. */
export function lossyFormatOf(bytes: Uint8Array): LossyFormat | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(64, bytes.byteLength)).toString('latin1')
  if (start.startsWith('ID3')) return 'MP3'
  // Frame sync, then layer III of MPEG 1, 2 or 2.5: AAC has layer bits 00.
  if (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2) return 'MP3'
  if (!start.startsWith('OggS')) return undefined
  if (start.includes('\x01vorbis')) return 'Ogg Vorbis'
  return start.includes('OpusHead') ? 'Ogg Opus' : undefined
}

/**
 * Decodes a whole lossy file. An encoder's delay stays where the format does not tell of it (MP3).
 *
 * @throws GlowcastError INVALID_AUDIO when nothing can be decoded or the decoder reports errors
 */
export async function decodeLossy(bytes: Uint8Array, format: LossyFormat, field: string): Promise<Audio> {
  const decoder = await openDecoder(format)
  try {
    await decoder.ready
    const { channelData, sampleRate, errors } = await decoder.decode(bytes)
    if (errors.length > 0 || (channelData[0]?.length ?? 0) === 0) {
      const got = errors[0]?.message ?? 'no samples'
      throw new GlowcastError('INVALID_AUDIO', field, got, `a whole ${format} file`)
    }
    return { sampleRate, channels: channelData }
  } finally {
    decoder.free()
  }
}
