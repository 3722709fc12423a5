import type { ByteSource } from '../../io/byte-source.js'
import { readZipDirectory } from '../../io/zip-directory.js'
import { plural } from '../../plural.js'
import { quoteName } from '../../short-json.js'
import { elementBytes } from '../files/safetensors-header.js'
import { refuse } from '../refuse.js'
import { type CheckpointContent, maxPickleBytes } from './checkpoint-content.js'
import { storageLoader } from './pickle/persistent-id.js'
import { unpickle } from './pickle/unpickler.js'

/** The format of torch 1.6 and later: a zip archive of one pickle and a file for each storage. */
export async function readZipCheckpoint(source: ByteSource): Promise<CheckpointContent> {
  const entries = await readZipDirectory(source)
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name))
  const [pickle] = pickles
  if (pickle === undefined || pickles.length > 1) {
    refuse('checkpoint', `${pickles.length} entries data.pkl`, 'one, as torch.save writes it')
  }
  const root = pickle.name.slice(0, -'data.pkl'.length)
  if (entries.has(`${root}constants.pkl`)) {
    refuse('checkpoint', 'a TorchScript archive', 'what torch.save(model.state_dict(), …) writes')
  }
  const order = entries.get(`${root}byteorder`)
  if (order !== undefined) {
    const text = new TextDecoder().decode(
      await source.read(order.offset, Math.min(order.bytes, 16), 'byteorder'),
    )
    if (text !== 'little') refuse('checkpoint byte order', quoteName(text), 'little')
  }
  if (pickle.bytes > maxPickleBytes) {
    refuse('pickle', plural(pickle.bytes, 'byte'), `at most ${maxPickleBytes}: tensors lie beside it`)
  }
  const { load, storages } = storageLoader()
  const { value } = unpickle(await source.read(pickle.offset, pickle.bytes, 'pickle'), load)
  const offsets = new Map<string, number>()
  for (const { key, dtype, elements } of storages.values()) {
    const entry = entries.get(`${root}data/${key}`)
    const wanted = elements * elementBytes[dtype]
    if (entry === undefined || entry.bytes !== wanted) {
      const got = entry === undefined ? 'no entry' : plural(entry.bytes, 'byte')
      refuse(`storage ${quoteName(key)}`, got, `${plural(wanted, 'byte')} for ${elements} of ${dtype}`)
    }
    offsets.set(key, entry.offset)
  }
  return { value, offsets, format: 'zip' }
}
