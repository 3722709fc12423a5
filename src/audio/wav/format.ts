import { invalidAudio, unsupportedFormat } from '../../errors.js'
import { plural } from '../../plural.js'
import { convertWithFfmpeg } from '../files/audio-format.js'
import { assertUsual } from '../limits.js'
import type { G711Law } from './g711.js'

/** How samples are coded, as a fmt chunk tells, checked. */
export interface SampleFormat {
  /** Hz */
  readonly sampleRate: number
  readonly channels: number
  readonly bitDepth: number
  readonly encoding: 'pcm' | 'float' | G711Law
  /** bytes of one sample of every channel */
  readonly blockSize: number
}

/** Where samples lie in a file, bytes; a whole number of blocks. */
export interface WavPart {
  readonly offset: number
  readonly length: number
}

/** What the headers of a WAV file tell, checked. */
export interface WavFormat extends SampleFormat {
  /** The samples, in their order: one part in nearly all files. */
  readonly parts: readonly WavPart[]
  /** bytes of all parts */
  readonly dataLength: number
  /** bytes of samples that the headers tell of, where the file ends before them */
  readonly declaredLength?: number
  /** bytes behind the samples that are neither chunks nor tags, and are not read */
  readonly unreadBytes?: number
}

const SUPPORTED = 'PCM of 8, 16, 24 or 32 bits, float of 16, 32 or 64 bits, A-law or mu-law'
const PCM = 1
const FLOAT = 3
const A_LAW = 6
const MU_LAW = 7
const EXTENSIBLE = 0xfffe

/** Codes that turn up in the wild, so that the error can name them. */
const CODE_NAMES: Record<number, string> = {
  2: 'MS ADPCM',
  16: 'OKI ADPCM',
  17: 'IMA ADPCM',
  20: 'G.723 ADPCM',
  49: 'GSM 6.10',
  56: 'NMS VBX ADPCM',
  64: 'G.721 ADPCM',
  69: 'G.726 ADPCM',
  80: 'MPEG',
  85: 'MP3',
  100: 'G.726 ADPCM',
  101: 'G.722 ADPCM',
  255: 'AAC',
  353: 'Windows Media Audio',
  354: 'Windows Media Audio',
  8192: 'AC-3',
  8193: 'DTS',
}

/**
 * The size that streaming writers put, which may not come back to fill it in; in RF64 and BW64 (EBU Tech 3306) it
 * says that a chunk `ds64` tells the size.
 */
export const OPEN_SIZE = 0xffffffff

/** @throws GlowcastError INVALID_AUDIO, UNSUPPORTED_FORMAT */
export function checkFormat(chunk: DataView, field: string): SampleFormat {
  let code = chunk.getUint16(0, true)
  const channels = chunk.getUint16(2, true)
  const sampleRate = chunk.getUint32(4, true)
  const blockSize = chunk.getUint16(12, true)
  const bitDepth = chunk.getUint16(14, true)
  if (code === EXTENSIBLE) {
    if (chunk.byteLength < 40) {
      throw invalidAudio(field, `an extensible format of ${plural(chunk.byteLength, 'byte')}`, '40')
    }
    // The sub-format's GUID starts with the plain code.
    code = chunk.getUint16(24, true)
  }
  assertUsual({ sampleRate, channels }, field)
  const encoding = encodingOf(code, field)
  const bytes = sampleBytes(encoding, bitDepth, blockSize / channels, field)
  if (bytes === undefined) {
    const got = `${plural(blockSize, 'byte')} for ${plural(channels, 'sample')} of ${bitDepth} bits`
    throw invalidAudio(field, got, `${channels * Math.ceil(bitDepth / 8)}`)
  }
  return { sampleRate, channels, bitDepth: 8 * bytes, encoding, blockSize: channels * bytes }
}

function encodingOf(code: number, field: string): WavFormat['encoding'] {
  if (code === PCM) return 'pcm'
  if (code === FLOAT) return 'float'
  if (code === A_LAW) return 'A-law'
  if (code === MU_LAW) return 'mu-law'
  const name = CODE_NAMES[code] ?? `format code ${code}`
  throw unsupportedFormat(field, `WAV in ${name}`, `${SUPPORTED}: ${convertWithFfmpeg(field)}`)
}

/**
 * Bytes that a sample takes; its bits lie at their upper end. They follow from the size of a block, and where its writer
 * left that 0, from the bits.
 *
 * @param given by the size of a block
 * @returns undefined when the block does not hold such samples
 * @throws GlowcastError UNSUPPORTED_FORMAT
 */
function sampleBytes(
  encoding: WavFormat['encoding'],
  bitDepth: number,
  given: number,
  field: string,
): number | undefined {
  const least = Math.ceil(bitDepth / 8)
  const isWhole = bitDepth % 8 === 0
  const usual = { pcm: [1, 2, 3, 4], float: [2, 4, 8], 'A-law': [1], 'mu-law': [1] }[encoding]
  // Bits that fill no whole bytes are only known by the bytes that they lie in.
  if (!usual.includes(least) || (!isWhole && (encoding !== 'pcm' || given < least))) {
    const expected = `${SUPPORTED}: ${convertWithFfmpeg(field)}`
    throw unsupportedFormat(field, `WAV in ${encoding} of ${bitDepth} bits`, expected)
  }
  if (given === 0 || given === least) return least
  // 24 bits are put into 4 bytes; nobody puts 16 into more than 2, there the size is wrong.
  const isWider = encoding === 'pcm' && (bitDepth > 16 || !isWhole)
  return isWider && given > least && usual.includes(given) ? given : undefined
}
