import { invalidModel } from '../errors.js'
import { plural } from '../plural.js'
import { type ByteFile, openByteFile } from './byte-file.js'

/** Bytes that are read on demand: a checkpoint is never held as a whole. */
export interface ByteSource {
  readonly size: number
  /**
   * @param what named in the error
   * @throws GlowcastError INVALID_MODEL when the range is not inside the file, IO when it cannot be read
   */
  read(offset: number, length: number, what: string): Promise<Uint8Array>
  close(): Promise<void>
}

/** @throws GlowcastError INVALID_MODEL unless the range lies inside `size` bytes */
function checkRange(offset: number, length: number, size: number, what: string): void {
  const isInside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  if (!isInside)
    throw invalidModel(
      what,
      `bytes ${offset} to ${offset + length}`,
      `a range inside the ${plural(size, 'byte')} there are`,
    )
}

/** @throws GlowcastError IO */
export async function openFileSource(path: string): Promise<ByteSource> {
  return wholeRanges(await openByteFile(path))
}

/** Gives whole ranges of a file, or throws. */
export function wholeRanges(file: ByteFile): ByteSource {
  const { size } = file
  return {
    size,
    async read(offset, length, what) {
      checkRange(offset, length, size, what)
      const bytes = await file.read(offset, length)
      if (bytes.length < length) throw invalidModel(what, 'an end of file', plural(length, 'byte'))
      return bytes
    },
    close: () => file.close(),
  }
}
