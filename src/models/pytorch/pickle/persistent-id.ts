import { quoteName } from '../../../short-json.js'
import { refuse } from '../../refuse.js'
import { storageDtype } from './allowed-names.js'
import { kindOf, PickleClass, PickleStorage, type PickleTuple, type PickleValue } from './values.js'

/** More elements than this are no vocoder. */
const maxElements = 1_000_000_000

/**
 * Storages by key: `('storage', class, key, device, elements[, view])`; in legacy files also
 * `('module', class, file, source)`, which is the class: its source is dropped.
 *
 * @returns a function for `unpickle`, and the storages that it has seen
 */
export function storageLoader(): {
  load: (id: PickleTuple) => PickleValue
  storages: ReadonlyMap<string, PickleStorage>
} {
  const storages = new Map<string, PickleStorage>()
  const load = ({ items }: PickleTuple): PickleValue => {
    const [kind, cls, key, , elements, view] = items
    if (kind === 'module' && cls instanceof PickleClass) return cls
    if (kind !== 'storage') refuse('pickle', 'an unknown persistent id', 'a storage')
    const dtype = cls instanceof PickleClass ? storageDtype(cls.name) : undefined
    if (dtype === undefined) refuse('storage', kindOf(cls ?? null), 'a storage class of torch')
    const name = typeof key === 'number' ? `${key}` : key
    if (typeof name !== 'string') refuse('storage key', kindOf(key ?? null), 'a string')
    if (!Number.isSafeInteger(elements) || (elements as number) < 0 || (elements as number) > maxElements) {
      refuse(`storage ${quoteName(name)}`, `${String(elements)} elements`, `a number up to ${maxElements}`)
    }
    if (view !== undefined && view !== null) refuse(`storage ${quoteName(name)}`, 'a view', 'a whole storage')
    const known = storages.get(name)
    if (known === undefined) {
      const storage = new PickleStorage(name, dtype, elements as number)
      storages.set(name, storage)
      return storage
    }
    if (known.dtype !== dtype || known.elements !== elements) {
      refuse(`storage ${quoteName(name)}`, 'two sizes or dtypes', 'one')
    }
    return known
  }
  return { load, storages }
}
