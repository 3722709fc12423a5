// Turns telemetry off for the threads before they start.
import '../engine/runtime/onnx-runtime.js'

/**
 * A thread's module in the build; tests run the sources, and take the threads of the last build.
 *
 * @param name below the folder that the sources are compiled to, such as `server/synthesis/worker`
 */
export function workerUrl(name: string): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../'
  return new URL(`${folder}${name}.js`, import.meta.url)
}
