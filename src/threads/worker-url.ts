// Turns telemetry off for the threads before they start.
import '../engine/runtime/onnx-runtime.js'
import { pathToFileURL } from 'node:url'
import { builtFile } from '../package-root.js'

/**
 * A thread's module, of the bundle: it starts in half the time of the modules that it is made of.
 *
 * @param name of its source, without the ending, such as `server/synthesis/worker`
 */
export function workerUrl(name: string): URL {
  return pathToFileURL(builtFile(`bundle/${name}.js`))
}
