import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import type { Engine } from '../../engine/portable.js'
import { onnxCompiler } from '../../engine/runtime/onnx-compiler.js'

/** Errors only: warnings of the optimiser are not for users. */
const logSeverityLevel = 3

/**
 * ONNX Runtime's WebAssembly, on one thread: more of them need a page that is cross-origin isolated.
 *
 * @param binary of the runtime, so that it fetches nothing itself
 */
export async function createRuntimeEngine(binary: Uint8Array<ArrayBuffer>): Promise<Engine> {
  env.wasm.wasmBinary = binary.buffer
  env.wasm.numThreads = 1
  return {
    name: 'onnx',
    description: `ONNX Runtime ${env.versions.web} in WebAssembly, 1 thread`,
    ...onnxCompiler(
      {
        Tensor,
        // Outputs lie in its own memory, from which they are copied.
        writesOutputs: false,
        createSession: (model) =>
          InferenceSession.create(model, {
            executionProviders: ['wasm'],
            graphOptimizationLevel: 'all',
            logSeverityLevel,
          }),
      },
      { onlyRounded: true },
    ),
  }
}
