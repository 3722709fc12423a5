import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { GlowcastError } from '../errors.js'
import type { ByteFile, ByteInput } from './byte-file.js'
import { readError } from './system-error.js'

export function fileInput(path: string): ByteInput {
  return { name: path, open: () => openByteFile(path) }
}

/** @throws GlowcastError IO, here and in `read` */
export async function openByteFile(path: string): Promise<ByteFile> {
  const unreadable = (cause: Error): never => {
    throw readError(path, cause)
  }
  // Opening a pipe that nothing writes to would wait for ever otherwise.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(unreadable)
  const stats = await file.stat().catch(async (cause: Error) => {
    await file.close()
    return unreadable(cause)
  })
  if (!stats.isFile()) {
    await file.close()
    const kind = stats.isDirectory() ? 'a folder' : stats.isFIFO() ? 'a pipe' : 'a device'
    throw new GlowcastError('IO', path, kind, 'a file', { message: `${path}: ${kind}, not a file` })
  }
  return {
    size: stats.size,
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      let held = 0
      // A single read may give less than it was asked for though the file goes on.
      while (held < length) {
        const { bytesRead } = await file.read(bytes, held, length - held, offset + held).catch(unreadable)
        if (bytesRead === 0) break
        held += bytesRead
      }
      return bytes.subarray(0, held)
    },
    close: () => file.close(),
  }
}
