import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeFileAside } from '../../io/output.js'
import { readError, writeError } from '../../io/system-error.js'

/** Before the values: what it is, the number of the values' bytes, and their sha256. */
const magic = Buffer.from('GLOWCACH', 'latin1')
const headerBytes = magic.length + 8 + 32

/**
 * Values from a cache file; undefined when there is none.
 *
 * @param damaged told when there is one that is not as it was written: cut, empty or altered
 * @throws GlowcastError IO when it cannot be read
 */
export async function readCached(file: string, damaged: () => void): Promise<Float32Array | undefined> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw readError(file, error)
  }
  const body = bytes.subarray(headerBytes)
  const isWhole =
    bytes.length >= headerBytes &&
    bytes.subarray(0, magic.length).equals(magic) &&
    bytes.readBigUInt64LE(magic.length) === BigInt(body.length) &&
    bytes.subarray(magic.length + 8, headerBytes).equals(hashOf(body))
  if (!isWhole) {
    damaged()
    return undefined
  }
  return new Float32Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.length))
}

/** @throws WriteError */
export async function writeCached(file: string, values: Float32Array): Promise<void> {
  const body = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  const header = Buffer.alloc(headerBytes)
  magic.copy(header)
  header.writeBigUInt64LE(BigInt(body.length), magic.length)
  hashOf(body).copy(header, magic.length + 8)
  await mkdir(dirname(file), { recursive: true }).catch((cause) => {
    throw writeError(dirname(file), cause)
  })
  await writeFileAside(file, Buffer.concat([header, body]))
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
