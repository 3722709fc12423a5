import { engineUnavailable } from '../errors.js'

/** A module with one SIMD instruction: what a browser without SIMD refuses. */
const simd = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15],
  ...[253, 98, 11],
)

/** @throws GlowcastError ENGINE_UNAVAILABLE with the first thing that this page lacks */
export function assertPage(): void {
  const lacking = missing()
  if (lacking === undefined) return
  const [got, expected] = lacking
  throw engineUnavailable('page', got, expected)
}

/**
 * Asked in the worker, whose own headers say what it may.
 *
 * @throws GlowcastError ENGINE_UNAVAILABLE where a content security policy forbids WebAssembly
 */
export function assertCompilation(): void {
  try {
    new WebAssembly.Module(simd)
  } catch (cause) {
    const expected = "'wasm-unsafe-eval' in the script-src of worker.js"
    throw engineUnavailable(
      'worker of the vocoder',
      'a content security policy without WebAssembly',
      expected,
      {
        cause,
      },
    )
  }
}

function missing(): readonly [got: string, expected: string] | undefined {
  if (typeof Worker !== 'function') return ['no Worker', 'a browser with module workers']
  if (typeof WebAssembly !== 'object') return ['no WebAssembly', 'a browser with it']
  if (!WebAssembly.validate(simd)) return ['WebAssembly without SIMD', 'a browser of 2023 or later']
  // Only there can hashes be computed, and files be stored.
  if (!isSecureContext) return [`the insecure address ${location.origin}`, 'https, or localhost']
  return undefined
}
