// Turns telemetry off for the threads before they start.
import '../../src/engine/runtime/onnx-runtime.js'

/** A thread's module, beside this one in the build; tests run the sources, and take the threads of the last build. */
export function workerUrl(name: string): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/server/' : '../'
  return new URL(`${folder}${name}.js`, import.meta.url)
}
