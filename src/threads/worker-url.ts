// Turns telemetry off for the threads before they start.
import '../engine/runtime/onnx-runtime.js'
import { pathToFileURL } from 'node:url'
import { builtFile } from '../package-root.js'

/**
 * A thread's module, of the bundle: the modules that it is made of take longer to find than to run.
 *
 * @param name of its source, without the ending, such as `server/synthesis/worker`
 */
export function workerUrl(name: string): URL {
  return pathToFileURL(builtFile(`bundle/${name}.js`))
}
