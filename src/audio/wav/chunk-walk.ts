import { type GlowcastError, invalidAudio, unsupportedFormat } from '../../errors.js'
import { latin1 } from '../../io/latin1.js'
import { checkFormat, OPEN_SIZE, type SampleFormat, type WavFormat, type WavPart } from './format.js'
import { endOfOpenSamples, nextFile, type Walk } from './open-end.js'

/** Bounds the walk through a file of garbage. */
const maxChunks = 1000

/** What follows the samples and is no chunk is named from this size on: less is padding or a tag of another format. */
const MIN_UNREAD_BYTES = 256

/** Chunks that follow others, so that one behind a chunk of odd length is known where its idle byte was left out. */
const FOLLOWING = /^(data|fmt |fact|LIST|bext|JUNK|junk|id3 |ID3 |cue |smpl|inst|iXML|PEAK|PAD |FLLR|RIFF)/

/** Reads up to `length` bytes at `offset`: fewer only at the end of the file. */
type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>

/**
 * Reads the headers of a WAV file; `read` must give what lies in it.
 *
 * @throws GlowcastError INVALID_AUDIO, UNSUPPORTED_FORMAT
 */
export async function readWavFormat(read: ReadBytes, fileSize: number, field: string): Promise<WavFormat> {
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

/**
 * Walks the chunks of a WAV file, reading only their headers. A file may hold several `data` chunks, in a `LIST wavl` too
 * (Microsoft's "Multimedia Programming Interface", section 3), and several WAV files may lie one behind the other: their
 * samples follow one another.
 *
 * @throws GlowcastError INVALID_AUDIO, UNSUPPORTED_FORMAT
 */
function* walkChunks(fileSize: number, field: string): Walk<WavFormat> {
  const walker = new ChunkWalker(fileSize, field)
  yield* walker.enterFile(0)
  for (let chunk = 0; chunk < maxChunks && walker.offset + 8 <= fileSize; chunk++) {
    if (!(yield* walker.step())) break
  }
  return walker.end()
}

class ChunkWalker {
  offset = 0
  private readonly parts: WavPart[] = []
  private format: SampleFormat | undefined
  /** Of the first file, which those behind it must have too. */
  private firstFormat: SampleFormat | undefined
  private riff = ''
  private riffEnd = 0
  private longSize: number | undefined
  private declaredLength: number | undefined
  private unreadBytes = 0

  constructor(
    private readonly fileSize: number,
    private readonly field: string,
  ) {}

  /** The 12 bytes that each WAV file begins with. */
  *enterFile(start: number): Walk<void> {
    const head = yield { offset: start, length: 12 }
    const riff = latin1(head)
    if (!/^(RIFF|RF64|BW64)/.test(riff) || riff.slice(8) !== 'WAVE') {
      const got =
        this.fileSize < 12 ? `${this.fileSize} bytes` : `a file that starts with ${JSON.stringify(riff)}`
      throw this.broken(got, 'a RIFF/WAVE file')
    }
    this.riff = riff
    this.riffEnd = start + 8 + view(head).getUint32(4, true)
    this.format = undefined
    this.longSize = undefined
    this.offset = start + 12
  }

  /** One chunk. @returns whether there may be more */
  *step(): Walk<boolean> {
    const { offset } = this
    const header = yield { offset, length: 8 }
    const id = latin1(header.subarray(0, 4))
    const size = view(header).getUint32(4, true)
    if (this.parts.length > 0 && !(yield* this.isChunk(id, size))) {
      // A tag or padding may lie between two files.
      const next = yield* nextFile(offset, this.fileSize)
      if (next === undefined) return false
      this.unreadBytes = 0
      yield* this.enterFile(next)
      return true
    }
    if (/^(RIFF|RF64|BW64)$/.test(id)) {
      yield* this.enterFile(offset)
      return true
    }
    this.offset += 8
    if (id === 'data') {
      yield* this.takeData(size)
      return true
    }
    if (id === 'LIST' && latin1(yield { offset: this.offset, length: 4 }) === 'wavl') {
      this.offset += 4
      return true
    }
    yield* this.takeOther(id, size)
    yield* this.skip(size)
    return true
  }

  end(): WavFormat {
    const { firstFormat, parts, declaredLength, unreadBytes } = this
    if (firstFormat === undefined || parts.length === 0) {
      throw this.broken(
        `no ${this.format ? 'data' : 'fmt'} chunk in ${this.fileSize} bytes`,
        'a whole WAV file',
      )
    }
    return {
      ...firstFormat,
      parts,
      dataLength: lengthOf(parts),
      ...(declaredLength === undefined ? {} : { declaredLength }),
      ...(unreadBytes < MIN_UNREAD_BYTES ? {} : { unreadBytes }),
    }
  }

  /** Whether what follows the samples is a chunk, and no tag of another format, padding or rest of samples. */
  private *isChunk(id: string, size: number): Walk<boolean> {
    const left = this.fileSize - this.offset
    if (
      /^[A-Za-z0-9_ ]{4}$/.test(id) &&
      !id.startsWith('TAG') &&
      (/^(data|RIFF|RF64|BW64)$/.test(id) || size <= left)
    )
      return true
    if (/^(TAG|APETAGEX|ID3)/.test(id) || id === 'APET') return false
    const start = yield { offset: this.offset, length: MIN_UNREAD_BYTES }
    if (start.some((byte) => byte !== 0)) this.unreadBytes = left
    return false
  }

  private *takeOther(id: string, size: number): Walk<void> {
    const { offset, field } = this
    if (id === 'ds64' && !this.riff.startsWith('RIFF')) {
      this.longSize = longDataSize(yield { offset, length: Math.min(size, 16) }, field)
    } else if (id === 'fmt ') {
      const body = yield { offset, length: Math.min(size, 40) }
      if (body.length < Math.min(Math.max(size, 16), 40)) {
        throw this.broken(`${body.length} bytes of format`, 'a whole fmt chunk')
      }
      this.takeFormat(checkFormat(view(body), field))
    } else if (id === 'slnt') {
      throw unsupportedFormat(field, 'WAV with a silence chunk (slnt)', 'WAV whose samples are all there')
    }
  }

  private takeFormat(format: SampleFormat): void {
    this.format = format
    this.firstFormat ??= format
    if (sameFormat(format, this.firstFormat)) return
    const expected = 'one format in all of the WAV file'
    throw this.broken(`${namedFormat(format)} after ${namedFormat(this.firstFormat)}`, expected)
  }

  private *takeData(size: number): Walk<void> {
    const { format, offset, fileSize, riffEnd, longSize } = this
    if (!format) throw this.broken('data before a fmt chunk', 'fmt, then data')
    const available = fileSize - offset
    // A size of 0 is meant only where the outer size, too, was filled in.
    const open = size === 0 && (riffEnd <= offset || riffEnd === 8 + OPEN_SIZE)
    const isLong = size === OPEN_SIZE || size > available
    const declared = isLong ? (longSize ?? size) : open ? OPEN_SIZE : size
    const isOpen = isOpenSize(declared, available)
    const isTooLong = !isOpen && this.isLowerHalf(declared, available)
    const end = isOpen
      ? yield* endOfOpenSamples(offset, fileSize)
      : isTooLong
        ? fileSize
        : Math.min(fileSize, offset + declared)
    const held = end - offset
    const length = held - (held % format.blockSize)
    if (length === 0 && declared > 0 && declared !== OPEN_SIZE) {
      throw this.broken(`${held} of ${declared} bytes of samples`, 'a whole WAV file')
    }
    const before = lengthOf(this.parts)
    if (length > 0 || this.parts.length === 0) this.parts.push({ offset, length })
    if (!isOpen && declared > available) this.declaredLength = before + declared
    this.offset = offset
    yield* this.skip(held)
  }

  /**
   * Whether a size is the lower 32 bits of the size of more than 4 GiB, as writers that know no RF64 leave it.
   *
   * @throws GlowcastError INVALID_AUDIO when more than 4 GiB follow of which it does not tell
   */
  private isLowerHalf(declared: number, available: number): boolean {
    if (available <= OPEN_SIZE || declared > OPEN_SIZE) return false
    // A chunk of odd length is followed by one idle byte.
    if ((available - declared) % 2 ** 32 <= declared % 2) return true
    throw this.broken(
      `a header that tells of ${declared} bytes of samples before ${available} bytes`,
      'RF64 for more than 4 GiB',
    )
  }

  /** Goes behind a chunk and, where its length is odd, behind its idle byte, unless its writer left that out. */
  private *skip(size: number): Walk<void> {
    this.offset += size
    if (size % 2 === 0) return
    const next = latin1(yield { offset: this.offset, length: 5 })
    if (FOLLOWING.test(next.slice(1)) || !FOLLOWING.test(next)) this.offset += 1
  }

  private broken(got: string, expected: string): GlowcastError {
    return invalidAudio(this.field, got, expected)
  }
}

/** Whether samples reach to the end whatever the header says. Sox writes 2 GiB, less a page or not, for a size unknown. */
function isOpenSize(declared: number, available: number): boolean {
  return declared === OPEN_SIZE || (declared >= 0x7ffff000 && declared <= 0x80000000 && declared > available)
}

/** Bytes of samples by a `ds64` chunk, which starts with the sizes of the file and of its data. */
function longDataSize(chunk: Uint8Array, field: string): number {
  if (chunk.length < 16) {
    throw invalidAudio(field, `${chunk.length} bytes of ds64`, 'a whole ds64 chunk')
  }
  const size = view(chunk).getBigUint64(8, true)
  // Written when the recording began, and never filled in.
  return size === 0n || size > Number.MAX_SAFE_INTEGER ? OPEN_SIZE : Number(size)
}

function lengthOf(parts: readonly WavPart[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

function sameFormat(one: SampleFormat, other: SampleFormat): boolean {
  return (
    one.sampleRate === other.sampleRate &&
    one.channels === other.channels &&
    one.encoding === other.encoding &&
    one.bitDepth === other.bitDepth
  )
}

function namedFormat({ encoding, bitDepth, channels, sampleRate }: SampleFormat): string {
  return `${encoding} of ${bitDepth} bits, ${channels} channels at ${sampleRate} Hz`
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
