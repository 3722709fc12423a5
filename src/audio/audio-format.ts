import { GlowcastError } from '../errors.js'

/** Formats whose samples are compressed, each read by a decoder that is loaded when a file needs it. */
export type CompressedFormat = 'FLAC' | 'MP3' | 'Ogg Vorbis' | 'Ogg Opus'

export type AudioFormat = 'WAV' | CompressedFormat

/** Bytes at the start of a file that tell its format. */
export const formatBytes = 64

const READABLE = 'WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus'

/** How files of other formats start, so that the error can name them. */
const FOREIGN: readonly [start: RegExp, name: string][] = [
  [/^OggS/, 'Ogg'],
  [/^\xff[\xf0-\xf9]/, 'AAC'],
  [/^.{4}ftyp/s, 'MP4'],
  [/^FORM.{4}AIF/s, 'AIFF'],
  [/^caff/, 'CAF'],
  [/^.E\xdf\xa3/s, 'WebM'],
  [/^#!AMR/, 'AMR'],
  [/^riff/, 'Sony Wave64'],
]

/**
 * The format that the first bytes of a file show.
 *
 * @param start the first `formatBytes`
 * @param field how errors name the file
 * @throws GlowcastError INVALID_AUDIO when it is empty, UNSUPPORTED_FORMAT when it is none of these
 */
export function audioFormatOf(start: Uint8Array, field: string): AudioFormat {
  const text = Buffer.from(start.subarray(0, formatBytes)).toString('latin1')
  if (text === '') throw new GlowcastError('INVALID_AUDIO', field, 'an empty file', READABLE)
  if (/^(RIFF|RF64|BW64)/.test(text)) return 'WAV'
  if (text.startsWith('fLaC')) return 'FLAC'
  // A tag, or frame sync, then layer III of MPEG 1, 2 or 2.5: AAC has layer bits 00.
  if (text.startsWith('ID3') || (start[0] === 0xff && ((start[1] ?? 0) & 0xe6) === 0xe2)) return 'MP3'
  if (text.startsWith('OggS') && text.includes('\x01vorbis')) return 'Ogg Vorbis'
  if (text.startsWith('OggS') && text.includes('OpusHead')) return 'Ogg Opus'
  const name = FOREIGN.find(([pattern]) => pattern.test(text))?.[1] ?? 'no audio format that is known here'
  throw new GlowcastError('UNSUPPORTED_FORMAT', field, name, READABLE)
}
