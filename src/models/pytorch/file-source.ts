import { openByteFile } from '../../io/file-input.js'
import { plural } from '../../plural.js'
import { refuse } from './refuse.js'

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
    refuse(
      what,
      `bytes ${offset} to ${offset + length}`,
      `a range inside the ${plural(size, 'byte')} there are`,
    )
}

/** @throws GlowcastError IO */
export async function openFileSource(path: string): Promise<ByteSource> {
  const file = await openByteFile(path)
  const { size } = file
  return {
    size,
    async read(offset, length, what) {
      checkRange(offset, length, size, what)
      const bytes = await file.read(offset, length)
      if (bytes.length < length) refuse(what, 'an end of file', plural(length, 'byte'))
      return bytes
    },
    close: () => file.close(),
  }
}

/** A file that is in memory already. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(offset, length, what) {
      checkRange(offset, length, bytes.length, what)
      // Not slice: that of a Buffer gives a view.
      return Uint8Array.from(bytes.subarray(offset, offset + length))
    },
    close: () => Promise.resolve(),
  }
}
