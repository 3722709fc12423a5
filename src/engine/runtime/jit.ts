import type { HostTensor, TraceableFunction } from '../compile.js'
import type { Compiled, CompileOptions, Engine } from './engine.js'

/**
 * Compiles fn for each new set of input shapes and keeps the result, as JAX's jit does.
 *
 * @returns a function of host tensors; its cache lives as long as it does
 */
export function jit(
  fn: TraceableFunction,
  engine: Engine,
  options: CompileOptions = {},
): (feeds: Record<string, HostTensor>) => Promise<Record<string, HostTensor>> {
  const cache = new Map<string, Promise<Compiled>>()
  return async (feeds) => {
    const shapes = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape]))
    const key = JSON.stringify(Object.entries(shapes).sort(([a], [b]) => (a < b ? -1 : 1)))
    let compiled = cache.get(key)
    if (compiled === undefined) {
      compiled = engine.compile(fn, shapes, options)
      cache.set(key, compiled)
      // What failed may be tried again.
      compiled.catch(() => cache.delete(key))
    }
    const { run, outputShapes } = await compiled
    const outputs = await run(
      Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data])),
    )
    return Object.fromEntries(
      Object.entries(outputShapes).map(([name, shape]) => [name, { shape, data: outputs[name]! }]),
    )
  }
}
