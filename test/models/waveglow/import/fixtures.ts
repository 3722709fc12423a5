import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readSafetensors, type SafetensorsTensor } from '../../../../src/models/files/safetensors.js'
import { packageFolder } from '../../../../src/package-root.js'

const folder = join(packageFolder(), 'test', 'fixtures', 'waveglow')

/** The bytes of a checkpoint that the reference saved; see recipes/waveglow.py. */
export async function checkpointBytes(name: string): Promise<Uint8Array> {
  return gunzipSync(await readFile(join(folder, `${name}.pt.gz`)))
}

/** Values that the reference gave. */
export async function expectedValues(name: string): Promise<(key: string) => SafetensorsTensor> {
  const { tensors } = readSafetensors(await readFile(join(folder, `${name}.expected.safetensors`)))
  return (key: string) => {
    const tensor = tensors.get(key)
    if (tensor === undefined) throw new Error(`${name} has no ${key}`)
    return tensor
  }
}

/** Runs `use` with the checkpoint as a file. */
export async function withCheckpoint<T>(name: string, use: (path: string) => Promise<T>): Promise<T> {
  const temporary = await mkdtemp(join(tmpdir(), 'glowcast-import-'))
  try {
    const path = join(temporary, `${name}.pt`)
    await writeFile(path, await checkpointBytes(name))
    return await use(path)
  } finally {
    await rm(temporary, { recursive: true })
  }
}
