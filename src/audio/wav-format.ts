import { GlowcastError } from '../errors.js'
import { plural } from '../plural.js'
import { convertWithFfmpeg } from './audio-format.js'
import { requireUsual } from './audio-limit.js'
import type { G711Law } from './wav/g711.js'

/** What the header of a WAV file tells, checked. */
export interface WavFormat {
  /** Hz */
  readonly sampleRate: number
  readonly channels: number
  readonly bitDepth: number
  readonly encoding: 'pcm' | 'float' | G711Law
  /** bytes of one sample of every channel */
  readonly blockSize: number
  /** where the samples start, bytes */
  readonly dataOffset: number
  /** bytes of samples that the file really holds, a multiple of blockSize */
  readonly dataLength: number
  /** bytes of samples that the header tells of, where the file ends before them */
  readonly declaredLength?: number
}

const SUPPORTED = 'PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, A-law or mu-law'
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

/** Bounds the walk through a file of garbage. */
const MAX_CHUNKS = 1000

/** Reads up to `length` bytes at `offset`: fewer only at the end of the file. */
export type ByteSource = (offset: number, length: number) => Promise<Uint8Array>

/** Walks the chunks up to the data, reading only their headers; `read` must give what lies in the file. */
export async function readWavFormat(read: ByteSource, fileSize: number, field: string): Promise<WavFormat> {
  const walk = walkChunks(fileSize, field)
  let step = walk.next()
  while (!step.done) step = walk.next(await read(step.value.offset, step.value.length))
  return step.value
}

/** As `readWavFormat`, for a file in memory. */
export function parseWavFormat(bytes: Uint8Array, field: string): WavFormat {
  const walk = walkChunks(bytes.length, field)
  let step = walk.next()
  while (!step.done) {
    const { offset, length } = step.value
    step = walk.next(bytes.subarray(offset, offset + length))
  }
  return step.value
}

type ByteRange = { offset: number; length: number }

/** One walk for files and for memory: it yields the bytes that it wants and is given them. */
function* walkChunks(fileSize: number, field: string): Generator<ByteRange, WavFormat, Uint8Array> {
  const head = yield { offset: 0, length: 12 }
  const riff = text(head)
  if (!/^(RIFF|RF64|BW64)/.test(riff) || riff.slice(8) !== 'WAVE') {
    const got = fileSize < 12 ? plural(fileSize, 'byte') : `a file that starts with ${JSON.stringify(riff)}`
    throw new GlowcastError('INVALID_AUDIO', field, got, 'a RIFF/WAVE file')
  }
  const riffEnd = 8 + view(head).getUint32(4, true)
  let format: Omit<WavFormat, 'dataOffset' | 'dataLength'> | undefined
  let longSize: number | undefined
  let offset = 12
  for (let chunk = 0; chunk < MAX_CHUNKS && offset + 8 <= fileSize; chunk++) {
    const header = yield { offset, length: 8 }
    const id = text(header.subarray(0, 4))
    const size = view(header).getUint32(4, true)
    offset += 8
    if (id === 'ds64' && !riff.startsWith('RIFF')) {
      longSize = longDataSize(yield { offset, length: Math.min(size, 16) }, field)
    } else if (id === 'fmt ') {
      const body = yield { offset, length: Math.min(size, 40) }
      if (body.length < Math.min(Math.max(size, 16), 40)) {
        throw new GlowcastError(
          'INVALID_AUDIO',
          field,
          `${plural(body.length, 'byte')} of format`,
          'a whole fmt chunk',
        )
      }
      format = checkFormat(view(body), field)
    } else if (id === 'data') {
      if (!format)
        throw new GlowcastError('INVALID_AUDIO', field, 'data before a fmt chunk', 'fmt, then data')
      // A size of 0 is meant only where the outer size, too, was filled in.
      const open = size === 0 && (riffEnd <= offset || riffEnd === 8 + OPEN_SIZE)
      const isLong = size === OPEN_SIZE || size > fileSize - offset
      const declared = isLong ? (longSize ?? size) : open ? OPEN_SIZE : size
      const dataLength = heldBytes(declared, fileSize - offset, format.blockSize, field)
      const isCut = !isOpenSize(declared) && declared > fileSize - offset
      return { ...format, dataOffset: offset, dataLength, ...(isCut ? { declaredLength: declared } : {}) }
    }
    offset += size
    if (size % 2 === 1) offset += isPadded(yield { offset, length: 5 }) ? 1 : 0
  }
  const got = `no ${format ? 'data' : 'fmt'} chunk in ${plural(fileSize, 'byte')}`
  throw new GlowcastError('INVALID_AUDIO', field, got, 'a whole WAV file')
}

/** Bytes of samples by a `ds64` chunk, which starts with the sizes of the file and of its data. */
function longDataSize(chunk: Uint8Array, field: string): number {
  if (chunk.length < 16) {
    throw new GlowcastError(
      'INVALID_AUDIO',
      field,
      `${plural(chunk.length, 'byte')} of ds64`,
      'a whole ds64 chunk',
    )
  }
  const size = view(chunk).getBigUint64(8, true)
  // Written when the recording began, and never filled in.
  return size === 0n || size > Number.MAX_SAFE_INTEGER ? OPEN_SIZE : Number(size)
}

/** An interrupted or streaming writer leaves the size too large: what the file holds is what there is. */
function heldBytes(declared: number, available: number, blockSize: number, field: string): number {
  const held = isOpen(declared, available, field) ? available : Math.min(declared, available)
  const whole = held - (held % blockSize)
  if (whole === 0 && declared > 0 && declared !== OPEN_SIZE) {
    throw new GlowcastError(
      'INVALID_AUDIO',
      field,
      `${held} of ${plural(declared, 'byte')} of samples`,
      'a whole WAV file',
    )
  }
  return whole
}

/**
 * Whether the samples reach to the end of the file whatever the header says. Writers that know no RF64 leave the lower
 * 32 bits of the size of more than 4 GiB.
 */
function isOpen(declared: number, available: number, field: string): boolean {
  if (declared === OPEN_SIZE) return true
  if (available <= OPEN_SIZE || declared > OPEN_SIZE) return false
  // A chunk of odd length is followed by one idle byte.
  if ((available - declared) % 2 ** 32 <= declared % 2) return true
  const got = `a header that tells of ${plural(declared, 'byte')} of samples before ${plural(available, 'byte')}`
  throw new GlowcastError('INVALID_AUDIO', field, got, 'RF64 for more than 4 GiB')
}

function checkFormat(chunk: DataView, field: string) {
  let code = chunk.getUint16(0, true)
  const channels = chunk.getUint16(2, true)
  const sampleRate = chunk.getUint32(4, true)
  const blockSize = chunk.getUint16(12, true)
  const bitDepth = chunk.getUint16(14, true)
  if (code === EXTENSIBLE) {
    if (chunk.byteLength < 40) {
      throw new GlowcastError(
        'INVALID_AUDIO',
        field,
        `an extensible format of ${plural(chunk.byteLength, 'byte')}`,
        '40',
      )
    }
    // The sub-format's GUID starts with the plain code.
    code = chunk.getUint16(24, true)
  }
  requireUsual({ sampleRate, channels }, field)
  const encoding = encodingOf(code, field)
  const bytes = sampleBytes(encoding, bitDepth, blockSize / channels, field)
  if (bytes === undefined) {
    const got = `${plural(blockSize, 'byte')} for ${plural(channels, 'sample')} of ${bitDepth} bits`
    throw new GlowcastError('INVALID_AUDIO', field, got, `${channels * Math.ceil(bitDepth / 8)}`)
  }
  return { sampleRate, channels, bitDepth: 8 * bytes, encoding, blockSize: channels * bytes }
}

function encodingOf(code: number, field: string): WavFormat['encoding'] {
  if (code === PCM) return 'pcm'
  if (code === FLOAT) return 'float'
  if (code === A_LAW) return 'A-law'
  if (code === MU_LAW) return 'mu-law'
  const name = CODE_NAMES[code] ?? `format code ${code}`
  const expected = `${SUPPORTED}: ${convertWithFfmpeg(field)}`
  throw new GlowcastError('UNSUPPORTED_FORMAT', field, `WAV in ${name}`, expected)
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
  const usual = { pcm: [1, 2, 3, 4], float: [4, 8], 'A-law': [1], 'mu-law': [1] }[encoding]
  // Bits that fill no whole bytes are only known by the bytes that they lie in.
  if (!usual.includes(least) || (!isWhole && (encoding !== 'pcm' || given < least))) {
    throw new GlowcastError('UNSUPPORTED_FORMAT', field, `WAV in ${encoding} of ${bitDepth} bits`, SUPPORTED)
  }
  if (given === 0 || given === least) return least
  // 24 bits are put into 4 bytes; nobody puts 16 into more than 2, there the size is wrong.
  const isWider = encoding === 'pcm' && (bitDepth > 16 || !isWhole)
  return isWider && given > least && usual.includes(given) ? given : undefined
}

/** Sox writes 2 GiB, less a page or not, where it does not know the size. */
function isOpenSize(declared: number): boolean {
  return declared === OPEN_SIZE || (declared >= 0x7ffff000 && declared <= 0x80000000)
}

/** Chunks that follow others, so that one behind a chunk of odd length is known where its idle byte was left out. */
const FOLLOWING = /^(data|fmt |fact|LIST|bext|JUNK|junk|id3 |ID3 |cue |smpl|inst|iXML|PEAK|PAD |FLLR)/

/** @param bytes behind a chunk of odd length: its idle byte and the next id, or the id alone */
function isPadded(bytes: Uint8Array): boolean {
  const next = text(bytes)
  return FOLLOWING.test(next.slice(1)) || !FOLLOWING.test(next)
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
