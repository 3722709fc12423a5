import { normalKey } from '../numeric/random.js'
import { randomStreams } from '../numeric/random-streams.js'
import { wasmModule } from '../wasm-module.js'

/** What `src/wasm/noise.ts` exports. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly values: { readonly value: number }
  readonly room: { readonly value: number }
  fill(count: number, key: number, start: number, deviation: number): void
}

let kernel: Kernel | undefined

/**
 * z ~ N(0, temperature²) for groups `firstGroup … firstGroup + groups - 1`: [groups, channels] row-major.
 * A value depends on the seed and its position only, so that chunking cannot change it.
 */
export function samplePrior(
  seed: number,
  firstGroup: number,
  groups: number,
  channels: number,
  temperature: number,
): Float32Array {
  const z = new Float32Array(groups * channels)
  kernel ??= new WebAssembly.Instance(wasmModule('noise')).exports as unknown as Kernel
  const values = new Float32Array(kernel.memory.buffer, kernel.values.value, kernel.room.value)
  for (let written = 0; written < z.length; ) {
    const index = firstGroup * channels + written
    // Values come in pairs, and 2^32 indices share a key.
    const pair = index - (index % 2)
    const left = 2 ** 32 - (pair % 2 ** 32)
    const count = Math.min(values.length - 8, left, z.length - written + (index - pair))
    kernel.fill(count, normalKey(seed, randomStreams.ownSeed[0], pair), pair | 0, temperature)
    z.set(values.subarray(index - pair, count), written)
    written += count - (index - pair)
  }
  return z
}
