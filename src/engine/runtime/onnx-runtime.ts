import { isMainThread } from 'node:worker_threads'
import { engineUnavailable, type GlowcastError, thrownError } from '../../errors.js'

export type OnnxRuntime = typeof import('onnxruntime-node')
export type LoadOnnxRuntime = () => Promise<OnnxRuntime>

const importRuntime: LoadOnnxRuntime = () => import('onnxruntime-node')

/** ONNX Runtime reads it once, when its library loads, and then sends nothing. */
const variable = 'ORT_DISABLE_TELEMETRY'
const inherited = process.env[variable]

// Importing this module is enough, so that a main thread which only starts workers sets it for them: a worker's
// `process.env` is a copy, which native code does not see.
process.env[variable] = '1'

/**
 * Loads ONNX Runtime with its telemetry off. Nothing else in Glowcast imports it.
 *
 * @throws GlowcastError ENGINE_UNAVAILABLE with what helps when it does not load; in a worker of a process whose main
 *   thread has not turned telemetry off
 */
export async function loadOnnxRuntime(load: LoadOnnxRuntime = importRuntime): Promise<OnnxRuntime> {
  if (!isMainThread && inherited !== '1') {
    throw engineUnavailable(
      `environment ${variable}`,
      inherited === undefined ? 'nothing in a worker thread' : `"${inherited}" in a worker thread`,
      '"1": import glowcast in the main thread before it starts workers, or set the variable for the process',
    )
  }
  try {
    return await load()
  } catch (cause) {
    throw unavailable(thrownError(cause))
  }
}

/** A library that needs another C library, or lies nowhere, is the usual trouble: each has its own remedy. */
function unavailable(cause: Error): GlowcastError {
  const reason = cause.message.split('\n')[0]!
  const again = 'npm install onnxruntime-node again'
  const expected = /ld-linux|GLIBC|musl/.test(reason)
    ? 'a system with a recent glibc: a Debian image such as node:22-slim, not node:22-alpine'
    : `its library for ${process.platform} ${process.arch}: ${again}, on Linux with glibc (node:22-slim), macOS or Windows`
  const got = `onnxruntime-node that does not load (${reason})`
  return engineUnavailable('engine onnx', got, expected, { cause })
}
