import { indexOfMark, latin1 } from '../../io/latin1.js'

interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** A walk that yields the bytes that it wants and is given them, fewer only at the end: one for files and for memory. */
export type Walk<T> = Generator<ByteRange, T, Uint8Array>

/** Bytes that are looked through at once. */
const WINDOW = 1 << 20

/** Another WAV file begins with "RIFF", four bytes and "WAVE": no samples look so. */
const HEAD_BYTES = 12

/** Samples beyond are not searched: files of hours are not joined by writers that know no sizes. */
const maxSearched = 1 << 30

/** Chunks that writers put behind the samples. */
const TRAILING =
  /LIST|id3 |ID3 |bext|iXML|axml|cue |smpl|inst|acid|fact|PEAK|JUNK|DISP|afsp|_PMX|umid|chna|levl|PAD /g

/** Of ID3v1, which other programs append to any file. */
const ID3V1_BYTES = 128

/**
 * Where samples end whose size was left open: at another WAV file, at chunks that reach to the end of the file just so,
 * at an ID3v1 tag, or at the end of the file.
 *
 * @param start where they begin
 */
export function* endOfOpenSamples(start: number, fileSize: number): Walk<number> {
  const next = yield* nextFile(start, fileSize)
  if (next !== undefined) return next
  const from = Math.max(start, fileSize - WINDOW)
  const tail = yield { offset: from, length: fileSize - from }
  const text = latin1(tail)
  const tag = text.length - ID3V1_BYTES
  const end = tag >= 0 && text.startsWith('TAG', tag) ? tag : text.length
  for (const { index } of text.matchAll(TRAILING)) {
    if (chunksReach(tail, index, end)) return from + index
  }
  return from + end
}

/** Where the next WAV file begins. */
export function* nextFile(start: number, fileSize: number): Walk<number | undefined> {
  const searchedEnd = Math.min(fileSize, start + maxSearched)
  for (let offset = start; offset < searchedEnd; offset += WINDOW - HEAD_BYTES) {
    const found = fileHead(yield { offset, length: WINDOW })
    if (found !== undefined) return offset + found
  }
  return undefined
}

function fileHead(bytes: Uint8Array): number | undefined {
  for (let at = indexOfMark(bytes, 'RIFF'); at >= 0; at = indexOfMark(bytes, 'RIFF', at + 1)) {
    if (latin1(bytes.subarray(at + 8, at + HEAD_BYTES)) === 'WAVE') return at
  }
  return undefined
}

/** Whether chunks follow one another from `start` to `end`. */
function chunksReach(bytes: Uint8Array, start: number, end: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = start
  while (at + 8 <= end && /^[A-Za-z0-9_ ]{4}$/.test(latin1(bytes.subarray(at, at + 4)))) {
    const size = view.getUint32(at + 4, true)
    at += 8 + size + (size % 2)
    // The idle byte of the last one may be left out.
    if (at === end || (size % 2 === 1 && at === end + 1)) return true
  }
  return false
}
