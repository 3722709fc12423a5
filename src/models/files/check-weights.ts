import { invalidConfig, invalidModel } from '../../errors.js'
import { type HostTensor, type Shape, sizeOf } from '../../flow/parameters.js'
import { plural } from '../../plural.js'
import { quoteName } from '../../short-json.js'

/** How many differences an error lists before it only counts them. */
const listed = 5

function list(items: readonly string[]): string {
  const shown = items.slice(0, listed).join(', ')
  return items.length > listed ? `${shown} and ${items.length - listed} more` : shown
}

/**
 * Check that weights are those that a config asks for: the same names, the same shapes.
 *
 * @param expected shape by name
 * @param got what was loaded
 * @throws GlowcastError INVALID_MODEL saying which names are missing, which are extra, which shapes differ
 */
export function checkWeights(
  expected: Readonly<Record<string, Shape>>,
  got: Readonly<Record<string, { readonly shape: Shape }>>,
): void {
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(got, name))
  const extra = Object.keys(got).filter((name) => !Object.hasOwn(expected, name))
  const differing = Object.entries(expected).flatMap(([name, shape]) => {
    const found = Object.hasOwn(got, name) ? got[name]!.shape : shape
    const same = found.length === shape.length && found.every((length, axis) => length === shape[axis])
    return same ? [] : [`${quoteName(name)} [${found.join(', ')}] instead of [${shape.join(', ')}]`]
  })
  const differences = [
    missing.length > 0 ? `missing ${list(missing.map(quoteName))}` : '',
    extra.length > 0 ? `extra ${list(extra.map(quoteName))}` : '',
    differing.length > 0 ? `shape ${list(differing)}` : '',
  ].filter((text) => text !== '')
  if (differences.length === 0) return
  const tensors = `the ${plural(Object.keys(expected).length, 'tensor')} of the config`
  throw invalidModel('weights', differences.join('; '), tensors)
}

/** Float32 weights of 0.8 GB, of which each graph holds a copy. WaveGlow has 88 million. */
const maxWeights = 200_000_000

/**
 * Checks that the sizes of a config do not multiply to more than can be held, before anything is made of them.
 *
 * @throws GlowcastError INVALID_CONFIG
 */
export function checkWeightCount(parameters: Readonly<Record<string, { readonly shape: Shape }>>): void {
  let count = 0
  for (const { shape } of Object.values(parameters)) count += sizeOf(shape)
  if (count <= maxWeights) return
  throw invalidConfig('config', `a model of ${count} weights`, `at most ${maxWeights}`)
}

/** Index of the first NaN or infinity, or -1. A plain loop: 7 million weights in about 10 ms. */
export function firstNonFinite(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) return i
  return -1
}

/** @throws GlowcastError INVALID_MODEL naming the tensor that holds NaN or an infinity */
export function checkFinite(weights: Readonly<Record<string, HostTensor>>): void {
  for (const [name, { data }] of Object.entries(weights)) {
    const index = firstNonFinite(data)
    if (index >= 0) {
      const got = `${data[index]} at index ${index}`
      throw invalidModel(`weight ${quoteName(name)}`, got, 'finite values')
    }
  }
}
