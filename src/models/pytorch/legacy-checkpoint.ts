import type { ByteSource } from '../../io/byte-source.js'
import { plural } from '../../plural.js'
import { quoteName } from '../../short-json.js'
import { elementBytes } from '../files/safetensors-header.js'
import { refuse } from '../refuse.js'
import { type CheckpointContent, maxPickleBytes } from './checkpoint-content.js'
import { storageLoader } from './pickle/persistent-id.js'
import { unpickle } from './pickle/unpickler.js'
import {
  kindOf,
  PickleDict,
  type PickleStorage,
  type PickleTuple,
  type PickleValue,
} from './pickle/values.js'

const magicNumber = 0x1950a86a20f9469cfc6cn
const protocolVersion = 1001
const storageHeaderBytes = 8

/**
 * The format before torch 1.6: five pickles (magic number, protocol, system, object, storage keys), then the
 * storages, each behind its number of elements.
 */
export async function readLegacyCheckpoint(source: ByteSource): Promise<CheckpointContent> {
  // The pickles come first and nothing says how long they are.
  const head = await source.read(0, Math.min(source.size, maxPickleBytes), 'checkpoint')
  let at = 0
  const next = (load: (id: PickleTuple) => PickleValue = noPersistentId): PickleValue => {
    const { value, bytes } = unpickle(head.subarray(at), load)
    at += bytes
    return value
  }
  if (next() !== magicNumber) refuse('checkpoint', 'another magic number', 'a file that torch.save wrote')
  const version = next()
  if (version !== protocolVersion) refuse('checkpoint protocol', String(version), `${protocolVersion}`)
  const system = next()
  if (!(system instanceof PickleDict)) refuse('checkpoint system', kindOf(system), 'a dict')
  if (system.entries.get('little_endian') !== true) refuse('checkpoint byte order', 'big', 'little')
  const { load, storages } = storageLoader()
  const value = next(load)
  const keys = next()
  return { value, offsets: await locateStorages(source, at, keys, storages), format: 'legacy' }
}

function noPersistentId(): never {
  refuse('pickle', 'a persistent id in the header', 'none')
}

async function locateStorages(
  source: ByteSource,
  start: number,
  keys: PickleValue,
  storages: ReadonlyMap<string, PickleStorage>,
): Promise<Map<string, number>> {
  if (!Array.isArray(keys) || keys.length !== storages.size) {
    const got = Array.isArray(keys) ? `${keys.length} keys` : kindOf(keys)
    refuse('storage keys', got, `a list of ${storages.size}`)
  }
  const offsets = new Map<string, number>()
  let at = start
  for (const item of keys) {
    const key = typeof item === 'number' ? `${item}` : item
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (storage === undefined || offsets.has(storage.key)) {
      refuse(
        'storage keys',
        typeof key === 'string' ? quoteName(key) : kindOf(item),
        'each storage of the pickle once',
      )
    }
    const field = `storage ${quoteName(storage.key)}`
    const header = await source.read(at, storageHeaderBytes, field)
    const elements = new DataView(header.buffer).getBigInt64(0, true)
    if (elements !== BigInt(storage.elements)) {
      refuse(field, `${elements} elements`, `${storage.elements}, as the pickle says`)
    }
    offsets.set(storage.key, at + storageHeaderBytes)
    at += storageHeaderBytes + storage.elements * elementBytes[storage.dtype]
    if (at > source.size)
      refuse(field, `an end at byte ${at}`, `one inside the ${plural(source.size, 'byte')} there are`)
  }
  return offsets
}
