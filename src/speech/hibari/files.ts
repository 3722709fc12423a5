import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidModel } from '../../errors.js'
import { readError } from '../../io/system-error.js'

/** What is unpacked from the wheel of hibari-tts, by its name in the wheel. */
export const wheelFolder = 'hibari/assets/'
export const wheelVersion = '0.2.1'

/** Of each file its length in bytes and the sha256 of hibari-tts 0.2.1: nothing else is read, so that no other model is trusted. */
export const hibariFiles = {
  'hibari.onnx': [7_936_868, '5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8'],
  'oov.onnx': [2_975_020, 'd3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76'],
  'oov.json': [2273, 'b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c'],
  'vocab.json': [1144, '70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d'],
  'normalize.json': [6769, 'd478ff05404bc43ac3e0468e306674e51085f1b1afc94cdef7c7ea4fb0d56bd8'],
  'tagger.json.gz': [1_240_667, 'd2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb'],
  'lexicon_us_gold.json.gz': [719_352, '63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2'],
  'lexicon_us_silver.json.gz': [682_530, 'c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3'],
} as const satisfies Record<string, readonly [bytes: number, sha256: string]>

export type HibariFile = keyof typeof hibariFiles

/** @throws GlowcastError INVALID_MODEL for other content than that of hibari-tts 0.2.1 */
export function assertHibariFile(name: HibariFile, content: Uint8Array, path: string): void {
  const [bytes, sha256] = hibariFiles[name]
  const expected = `that of ${name} in hibari-tts ${wheelVersion}`
  if (content.length !== bytes) {
    throw invalidModel(path, `${content.length} bytes`, `${bytes} bytes, ${expected}`)
  }
  const got = createHash('sha256').update(content).digest('hex')
  if (got !== sha256)
    throw invalidModel(path, `the sha256 ${got.slice(0, 16)}…`, `${sha256.slice(0, 16)}…, ${expected}`)
}

/** @throws GlowcastError INVALID_MODEL, IO */
export async function readHibariFile(folder: string, name: HibariFile): Promise<Uint8Array> {
  const path = join(folder, name)
  const content = await readFile(path).catch((cause) => {
    throw readError(path, cause)
  })
  assertHibariFile(name, content, path)
  return content
}
