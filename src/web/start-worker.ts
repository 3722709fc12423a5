import { engineUnavailable, invalidArgument } from '../errors.js'
import { errorOf } from '../threads/failure.js'
import type { LoadProgress, LoadReply, LoadRequest } from './messages.js'

export interface LoadOptions {
  /** Told while files arrive, often. */
  readonly progress?: (progress: LoadProgress) => void
  /** Gives the load up when it aborts; `load` then rejects with its reason. */
  readonly signal?: AbortSignal
  /** Where `worker.js` lies, if the bundler does not place it. Browsers start workers of the page's own origin only. */
  readonly workerUrl?: string | URL
  /** Where `onnxruntime.wasm` lies, if the bundler does not place it. */
  readonly runtimeUrl?: string | URL
}

export type Loaded = Extract<LoadReply, { type: 'loaded' }>

/** Absolute: the worker resolves addresses against its own. */
export function addressOf(field: string, url: string | URL): URL {
  try {
    return new URL(url, location.href)
  } catch (cause) {
    throw invalidArgument(field, `${url}`, 'an address', { cause })
  }
}

export function startWorker(url: string | URL | undefined): Worker {
  try {
    // Bundlers know this very form, and place the worker.
    if (url === undefined)
      return new Worker(new URL('./bundle/worker.js', import.meta.url), { type: 'module' })
    return new Worker(url, { type: 'module' })
  } catch (cause) {
    throw workerUnavailable((cause as Error).message, { cause })
  }
}

function workerUnavailable(got: string, options?: ErrorOptions): Error {
  const expected = 'worker.js of this origin, placed or named by workerUrl'
  return engineUnavailable('worker of the vocoder', got, expected, options)
}

export function loadIn(
  worker: Worker,
  request: LoadRequest,
  { progress, signal }: LoadOptions,
): Promise<Loaded> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    worker.onmessage = ({ data: reply }: MessageEvent<LoadReply>) => {
      if (reply.type === 'progress') progress?.({ loaded: reply.loaded, total: reply.total })
      else if (reply.type === 'loaded') resolve(reply)
      else reject(errorOf(reply.failure))
    }
    worker.onerror = (event) => {
      event.preventDefault()
      reject(workerUnavailable(event.message || 'a script that does not load'))
    }
    worker.postMessage(request)
  })
}
