import { isMainThread } from 'node:worker_threads'
import { GlowcastError } from '../errors.js'

export type OnnxRuntime = typeof import('onnxruntime-node')

/** ONNX Runtime reads it once, when its library loads, and then sends nothing. */
const variable = 'ORT_DISABLE_TELEMETRY'
const inherited = process.env[variable]

// Importing this module is enough, so that a main thread which only starts workers sets it for them: a worker's
// `process.env` is a copy, which native code does not see.
process.env[variable] = '1'

/**
 * Loads ONNX Runtime with its telemetry off. Nothing else in Glowcast imports it.
 *
 * @throws GlowcastError ENGINE_UNAVAILABLE in a worker of a process whose main thread has not turned telemetry off
 */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  if (!isMainThread && inherited !== '1') {
    throw new GlowcastError(
      'ENGINE_UNAVAILABLE',
      `environment ${variable}`,
      inherited === undefined ? 'nothing in a worker thread' : `"${inherited}" in a worker thread`,
      '"1": import glowcast in the main thread before it starts workers, or set the variable for the process',
    )
  }
  return import('onnxruntime-node')
}
