import { quoteName } from '../../../short-json.js'
import { PickleDict, PickleRecord, PickleTensor, type PickleValue } from '../../pytorch/pickle/values.js'
import { refuse } from '../../refuse.js'

/** A model's tensors by the names that its state dict gives them. */
export interface StateDict {
  /** Where it lies in the checkpoint; empty for the checkpoint itself. */
  readonly path: string
  readonly tensors: ReadonlyMap<string, PickleTensor>
  /** Whole numbers that a pickled module kept, such as `n_flows`. */
  readonly numbers: ReadonlyMap<string, number>
  /** The class of a pickled module, by its full name. */
  readonly className: string | undefined
}

/** The tensor that every WaveGlow and SqueezeWave has; what stands before it is a wrapper's prefix. */
const landmark = 'convinv.0.conv.weight'

const maxDepth = 5
const maxModules = 20_000
const maxContainers = 10_000

/**
 * The state dict of a WaveGlow or SqueezeWave, wherever it lies: the checkpoint itself, an entry (`model`,
 * `state_dict`, …) or a pickled module, with the prefixes of wrappers (`module.`) taken off.
 *
 * @param key path of the entry to take, where there are several
 * @throws GlowcastError INVALID_MODEL when there is none, or several and no key
 */
export function findStateDict(root: PickleValue, key?: string): StateDict {
  const found = candidates(root).filter(
    ({ path }) => key === undefined || path === key || path.startsWith(`${key}.`),
  )
  if (found.length === 0) {
    const where = key === undefined ? 'checkpoint' : `checkpoint entry ${quoteName(key)}`
    refuse(where, `no tensor ${landmark}`, 'a WaveGlow or SqueezeWave model')
  }
  if (found.length > 1) {
    const paths = found.slice(0, 5).map(({ path }) => quoteName(path))
    refuse('checkpoint', `${found.length} models: ${paths.join(', ')}`, 'one; choose with --key')
  }
  return found[0]!
}

function candidates(root: PickleValue): StateDict[] {
  const found: StateDict[] = []
  const seen = new Set<PickleValue>()
  const queue: { value: PickleValue; path: string; depth: number }[] = [{ value: root, path: '', depth: 0 }]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { value, path, depth } = next
    const isContainer = value instanceof PickleDict || value instanceof PickleRecord
    if (!isContainer || seen.has(value)) continue
    seen.add(value)
    if (seen.size > maxContainers) refuse('checkpoint', `more than ${maxContainers} dicts`, 'a checkpoint')
    const models = modelsIn(value, path)
    found.push(...models)
    if (models.length > 0 || value instanceof PickleRecord || depth === maxDepth) continue
    for (const [name, inner] of value.entries) {
      queue.push({ value: inner, path: path === '' ? `${name}` : `${path}.${name}`, depth: depth + 1 })
    }
  }
  return found
}

/** The models whose tensors this dict or module holds; their prefixes tell them apart. */
function modelsIn(value: PickleDict | PickleRecord, path: string): StateDict[] {
  const { tensors, numbers, classes } = value instanceof PickleRecord ? flattened(value) : entriesOf(value)
  const prefixes = [...tensors.keys()]
    .filter((name) => name === landmark || name.endsWith(`.${landmark}`))
    .map((name) => name.slice(0, -landmark.length))
  return prefixes.map((prefix) => ({
    path: [path, prefix.replace(/\.$/, '')].filter((part) => part !== '').join('.'),
    tensors: withoutPrefix(tensors, prefix),
    numbers: withoutPrefix(numbers, prefix),
    className: classes.get(prefix),
  }))
}

function withoutPrefix<T>(all: ReadonlyMap<string, T>, prefix: string): Map<string, T> {
  const below = [...all].filter(([name]) => name.startsWith(prefix))
  return new Map(below.map(([name, value]) => [name.slice(prefix.length), value]))
}

interface Flattened {
  readonly tensors: Map<string, PickleTensor>
  readonly numbers: Map<string, number>
  /** By the prefix of the names of their tensors. */
  readonly classes: Map<string, string>
}

function entriesOf({ entries }: PickleDict): Flattened {
  const tensors = new Map<string, PickleTensor>()
  for (const [name, value] of entries) {
    if (typeof name === 'string' && value instanceof PickleTensor) tensors.set(name, value)
  }
  return { tensors, numbers: new Map(), classes: new Map() }
}

/** Parameters and buffers of a pickled module and of those inside it, named as a state dict names them. */
function flattened(root: PickleRecord): Flattened {
  const result: Flattened = { tensors: new Map(), numbers: new Map(), classes: new Map() }
  const stack: { record: PickleRecord; prefix: string; depth: number }[] = [
    { record: root, prefix: '', depth: 0 },
  ]
  let modules = 0
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { record, prefix, depth } = next
    modules += 1
    if (modules > maxModules || depth > 32)
      refuse('checkpoint', 'modules without end', `at most ${maxModules}`)
    result.classes.set(prefix, record.className)
    for (const [name, value] of record.attributes) {
      if (typeof value === 'number') result.numbers.set(`${prefix}${name}`, value)
    }
    for (const kind of ['_parameters', '_buffers']) {
      for (const [name, value] of children(record, kind)) {
        if (value instanceof PickleTensor) result.tensors.set(`${prefix}${name}`, value)
      }
    }
    for (const [name, value] of children(record, '_modules')) {
      if (value instanceof PickleRecord)
        stack.push({ record: value, prefix: `${prefix}${name}.`, depth: depth + 1 })
    }
  }
  return result
}

function children(record: PickleRecord, kind: string): Iterable<[unknown, PickleValue]> {
  const value = record.attributes.get(kind)
  return value instanceof PickleDict ? value.entries : []
}
