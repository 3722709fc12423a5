import { isMainThread } from 'node:worker_threads'

/** Loaded before a server with `--expose-gc`: on SIGUSR2 each of its threads throws its garbage away. */
const channel = new BroadcastChannel('collect-garbage')
// Nothing shall live longer for it.
;(channel as unknown as { unref(): void }).unref()
const collect = () => (globalThis as unknown as { gc(): void }).gc()
channel.onmessage = collect
if (isMainThread) {
  process.on('SIGUSR2', () => {
    channel.postMessage(null)
    collect()
  })
}
