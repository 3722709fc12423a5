import { type FileHandle, open } from 'node:fs/promises'
import { GlowcastError } from '../../errors.js'
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
export function checkRange(offset: number, length: number, size: number, what: string): void {
  const isInside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  if (!isInside)
    refuse(what, `bytes ${offset} to ${offset + length}`, `a range inside the ${size} bytes there are`)
}

/** @throws GlowcastError IO */
export async function openFileSource(path: string): Promise<ByteSource> {
  const failed = (cause: Error): never => {
    throw new GlowcastError('IO', path, cause.message, 'a file that can be read', { cause })
  }
  const file: FileHandle = await open(path, 'r').catch(failed)
  const stats = await file.stat()
  if (!stats.isFile()) {
    await file.close()
    throw new GlowcastError('IO', path, 'what is not a file', 'a file that can be read')
  }
  const { size } = stats
  return {
    size,
    async read(offset, length, what) {
      checkRange(offset, length, size, what)
      const bytes = new Uint8Array(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done).catch(failed)
        if (bytesRead === 0) refuse(what, 'an end of file', `${length} bytes`)
        done += bytesRead
      }
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
