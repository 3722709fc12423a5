import { GlowcastError } from '../errors.js'

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
const CODE_NAMES: Record<number, string> = { 2: 'MS ADPCM', 6: 'A-law', 7: 'mu-law', 17: 'IMA ADPCM', 85: 'MP3' }

const MIN_RATE = 1000
const MAX_RATE = 768_000

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
  const riff = text(yield { offset: 0, length: 12 })
  const got = fileSize === 0 ? 'an empty file' : `a file of ${fileSize} bytes that starts otherwise`
  if (!riff.startsWith('RIFF') || riff.slice(8) !== 'WAVE') {
    throw new GlowcastError('INVALID_AUDIO', field, got, 'a RIFF/WAVE file')
  }
  let format: Omit<WavFormat, 'dataOffset' | 'dataLength'> | undefined
  for (let offset = 12; offset + 8 <= fileSize; ) {
    const header = view(yield { offset, length: 8 })
    const id = text(new Uint8Array(header.buffer, header.byteOffset, 4))
    const size = header.getUint32(4, true)
    offset += 8
    if (id === 'fmt ') {
      const chunk = yield { offset, length: Math.min(size, 40) }
      if (size < 16 || chunk.length < Math.min(size, 40)) {
        throw new GlowcastError('INVALID_AUDIO', field, `${chunk.length} bytes of format`, 'a whole fmt chunk')
      }
      format = checkFormat(view(chunk), field)
    } else if (id === 'data') {
      if (!format) throw new GlowcastError('INVALID_AUDIO', field, 'data before a fmt chunk', 'fmt, then data')
      const dataLength = heldBytes(size, fileSize - offset, format.blockSize, field)
      return { ...format, dataOffset: offset, dataLength }
    }
    offset += size + (size % 2)
  }
  const part = format ? 'data' : 'fmt'
  throw new GlowcastError('INVALID_AUDIO', field, `a WAV file without a ${part} chunk`, 'a file that is whole')
}

/**
 * Streaming writers leave the size at 0 or 0xFFFFFFFF, and an interrupted one leaves it too large: what the
 * file holds is what there is.
 */
function heldBytes(declared: number, available: number, blockSize: number, field: string): number {
  const bytes = declared === 0 ? available : Math.min(declared, available)
  const whole = bytes - (bytes % blockSize)
  if (whole === 0 && declared > 0) {
    throw new GlowcastError('INVALID_AUDIO', field, `${bytes} of ${declared} bytes of data`, 'at least one sample')
  }
  return whole
}

function checkFormat(chunk: DataView, field: string) {
  let code = chunk.getUint16(0, true)
  const channels = chunk.getUint16(2, true)
  const sampleRate = chunk.getUint32(4, true)
  const blockSize = chunk.getUint16(12, true)
  const bitDepth = chunk.getUint16(14, true)
  if (code === EXTENSIBLE) {
    if (chunk.byteLength < 40) {
      throw new GlowcastError('INVALID_AUDIO', field, `an extensible format of ${chunk.byteLength} bytes`, '40')
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
  if (channels === 0) throw new GlowcastError('INVALID_AUDIO', field, '0 channels', 'at least 1')
  if (sampleRate < MIN_RATE || sampleRate > MAX_RATE) {
    throw new GlowcastError('INVALID_AUDIO', field, `${sampleRate} Hz`, `${MIN_RATE} to ${MAX_RATE} Hz`)
  }
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
