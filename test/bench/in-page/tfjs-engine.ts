import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import type { Engine } from '../../../src/engine/portable.js'
import { eagerEngine } from '../../../src/engine/runtime/eager-engine.js'

/** In the place of `src/web/worker/runtime-engine.ts`: the other runtime that was weighed, on one thread. */
export async function createRuntimeEngine(): Promise<Engine> {
  const { location } = globalThis as unknown as { location: { origin: string } }
  setWasmPaths(`${location.origin}/tfjs/`)
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  await tf.setBackend('wasm')
  return eagerEngine('tfjs-cpu', 'wasm', 'tfjs-backend-wasm')
}
