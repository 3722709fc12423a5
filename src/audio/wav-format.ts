import { GlowcastError } from '../errors.js'
import { requireUsual } from './audio-limit.js'

/** What the header of a WAV file tells, checked. */
export interface WavFormat {
  /** Hz */
  readonly sampleRate: number
  readonly channels: number
  readonly bitDepth: number
  readonly encoding: 'pcm' | 'float'
  /** bytes of one sample of every channel */
  readonly blockSize: number
  /** where the samples start, bytes */
  readonly dataOffset: number
  /** bytes of samples that the file really holds, a multiple of blockSize */
  readonly dataLength: number
}

const SUPPORTED = 'PCM of 8, 16, 24 or 32 bits or float of 32 or 64 bits'
const BIT_DEPTHS = { pcm: [8, 16, 24, 32], float: [32, 64] }
const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe

/** Codes that turn up in the wild, so that the error can name them. */
const CODE_NAMES: Record<number, string> = {
  2: 'MS ADPCM',
  6: 'A-law',
  7: 'mu-law',
  17: 'IMA ADPCM',
  85: 'MP3',
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
    const got = fileSize < 12 ? `${fileSize} bytes` : `a file that starts with ${JSON.stringify(riff)}`
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
        throw new GlowcastError('INVALID_AUDIO', field, `${body.length} bytes of format`, 'a whole fmt chunk')
      }
      format = checkFormat(view(body), field)
    } else if (id === 'data') {
      if (!format)
        throw new GlowcastError('INVALID_AUDIO', field, 'data before a fmt chunk', 'fmt, then data')
      // A size of 0 is meant only where the outer size, too, was filled in.
      const open = size === 0 && (riffEnd <= offset || riffEnd === 8 + OPEN_SIZE)
      const declared = size === OPEN_SIZE ? (longSize ?? OPEN_SIZE) : open ? OPEN_SIZE : size
      const dataLength = heldBytes(declared, fileSize - offset, format.blockSize, field)
      return { ...format, dataOffset: offset, dataLength }
    }
    offset += size + (size % 2)
  }
  const got = `no ${format ? 'data' : 'fmt'} chunk in ${fileSize} bytes`
  throw new GlowcastError('INVALID_AUDIO', field, got, 'a whole WAV file')
}

/** Bytes of samples by a `ds64` chunk, which starts with the sizes of the file and of its data. */
function longDataSize(chunk: Uint8Array, field: string): number {
  if (chunk.length < 16) {
    throw new GlowcastError('INVALID_AUDIO', field, `${chunk.length} bytes of ds64`, 'a whole ds64 chunk')
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
      `${held} of ${declared} bytes of samples`,
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
  const got = `a header that tells of ${declared} bytes of samples before ${available} bytes`
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
        `an extensible format of ${chunk.byteLength} bytes`,
        '40',
      )
    }
    // The sub-format's GUID starts with the plain code.
    code = chunk.getUint16(24, true)
  }
  if (code !== PCM && code !== FLOAT) {
    const name = CODE_NAMES[code] ?? `format code ${code}`
    throw new GlowcastError('UNSUPPORTED_FORMAT', field, `WAV in ${name}`, SUPPORTED)
  }
  const encoding: WavFormat['encoding'] = code === PCM ? 'pcm' : 'float'
  if (!BIT_DEPTHS[encoding].includes(bitDepth)) {
    throw new GlowcastError('UNSUPPORTED_FORMAT', field, `WAV in ${encoding} of ${bitDepth} bits`, SUPPORTED)
  }
  requireUsual({ sampleRate, channels }, field)
  if (blockSize !== (channels * bitDepth) / 8) {
    const got = `${blockSize} bytes for ${channels} samples of ${bitDepth} bits`
    throw new GlowcastError('INVALID_AUDIO', field, got, `${(channels * bitDepth) / 8}`)
  }
  return { sampleRate, channels, bitDepth, encoding, blockSize }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
