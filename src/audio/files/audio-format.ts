import { invalidAudio, unsupportedFormat } from '../../errors.js'
import type { ByteFile, ByteInput } from '../../io/byte-file.js'
import { latin1 } from '../../io/latin1.js'
import { findMpegFrame } from './mpeg-frames.js'
import { leadingTagBytes } from './tags.js'

/** Formats whose samples are compressed, each read by a decoder that is loaded when a file needs it. */
export type CompressedFormat = 'FLAC' | 'MP3' | 'Ogg'

export type AudioFormat = 'WAV' | CompressedFormat

/** Bytes at the start of a file that tell its format. */
const formatBytes = 64

/** Where an MP3 file begins with something else, its frames are looked for in so many bytes. */
const searchedBytes = 1 << 16

const READABLE = 'WAV, FLAC, MP3, Ogg Vorbis, Ogg Opus or Ogg FLAC'

/** How files of other formats start, so that the error can name them. */
const FOREIGN: readonly [start: RegExp, name: string][] = [
  [/^\xff[\xf0\xf1\xf8\xf9]|^ADIF/, 'AAC'],
  [/^\xff[\xe4\xe5\xf4\xf5\xfc\xfd]/, 'MP2'],
  [/^.{4}ftyp(M4A|M4B|mp42|isom|iso2|dash)/s, 'M4A (MP4)'],
  [/^.{4}ftypqt/s, 'QuickTime'],
  [/^.{4}ftyp/s, 'MP4'],
  [/^FORM.{4}AIF/s, 'AIFF'],
  [/^FORM.{4}(8SVX|16SV)/s, '8SVX'],
  [/^caff/, 'CAF'],
  [/^.E\xdf\xa3.*webm/s, 'WebM'],
  [/^.E\xdf\xa3.*matroska/s, 'Matroska'],
  [/^.E\xdf\xa3/s, 'WebM'],
  [/^#!AMR/, 'AMR'],
  [/^riff/, 'Sony Wave64'],
  [/^RIFX/, 'RIFX (big-endian WAV)'],
  [/^RIFF.{4}AVI/s, 'AVI'],
  [/^NIST_1A/, 'NIST SPHERE'],
  [/^(\.snd|dns\.)/, 'Sun AU'],
  [/^Creative Voice File/, 'Creative Voice (VOC)'],
  [/^0&\xb2u\x8ef\xcf/, 'Windows Media (WMA)'],
  [/^(MAC |OFR )/, "Monkey's Audio"],
  [/^wvpk/, 'WavPack'],
  [/^TTA1/, 'True Audio'],
  [/^(MP\+|MPCK)/, 'Musepack'],
  [/^MThd/, 'MIDI'],
  [/^PK/, 'a ZIP archive'],
  [/^.\x8b/s, 'a gzip archive'],
  [/^\x93NUMPY/, 'a NumPy array'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, whose file was not fetched,'],
]

/** What to do with a file that is not read. */
export function convertWithFfmpeg(name: string): string {
  const file = /^[\w./-]+$/.test(name) && name !== 'body' ? name : 'FILE'
  return `convert it with ffmpeg -i ${file} OUT.wav`
}

/**
 * The format that a file's content shows, and the file from where that begins: tags in front of it (ID3) and, for MP3,
 * anything else are left out.
 *
 * @throws GlowcastError INVALID_AUDIO when it is empty, UNSUPPORTED_FORMAT when it is none of these; IO
 */
export async function recognise(input: ByteInput): Promise<{ format: AudioFormat; input: ByteInput }> {
  const file = await input.open()
  try {
    const tags = await leadingTagBytes(file)
    const start = await file.read(tags, formatBytes)
    const format = formatOf(start)
    if (format !== undefined) return { format, input: from(input, tags) }
    if (file.size === 0) throw invalidAudio(input.name, 'an empty file', READABLE)
    const name = foreignName(start)
    const frame = name === undefined ? findMpegFrame(await file.read(tags, searchedBytes)) : undefined
    if (frame !== undefined) return { format: 'MP3', input: from(input, tags + frame) }
    if (name === undefined && tags > 0) {
      throw invalidAudio(input.name, 'a tag without audio behind it', 'a whole MP3 file')
    }
    const got = name ?? 'no audio format that is known here'
    throw unsupportedFormat(input.name, got, `${READABLE}: ${convertWithFfmpeg(input.name)}`)
  } finally {
    await file.close()
  }
}

function formatOf(start: Uint8Array): AudioFormat | undefined {
  const text = latin1(start)
  if (/^(RIFF(?!.{4}AVI)|RF64|BW64)/s.test(text)) return 'WAV'
  if (text.startsWith('fLaC')) return 'FLAC'
  if (text.startsWith('OggS')) return 'Ogg'
  // Frame sync, then layer III of MPEG 1, 2 or 2.5: AAC has layer bits 00.
  return start[0] === 0xff && ((start[1] ?? 0) & 0xe6) === 0xe2 ? 'MP3' : undefined
}

function foreignName(start: Uint8Array): string | undefined {
  const text = latin1(start)
  return FOREIGN.find(([pattern]) => pattern.test(text))?.[1]
}

/** The input without its first bytes. */
function from(input: ByteInput, skipped: number): ByteInput {
  if (skipped === 0) return input
  return {
    name: input.name,
    async open(): Promise<ByteFile> {
      const file = await input.open()
      return {
        size: Math.max(0, file.size - skipped),
        read: (offset, length) => file.read(offset + skipped, length),
        close: () => file.close(),
      }
    },
  }
}
