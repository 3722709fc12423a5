import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readError } from '../../io/system-error.js'

/** What names a recording that trained: the start of the sha256 of its bytes, which are read in parts. */
export async function recordingHash(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const part of createReadStream(path)) hash.update(part as Buffer)
  } catch (cause) {
    throw readError(path, cause)
  }
  return hash.digest('hex').slice(0, 16)
}
