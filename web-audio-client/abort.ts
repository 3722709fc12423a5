/** What a signal can end. */
interface Cancellable {
  /** Resolves when it is over, however that came. */
  readonly closed: Promise<void>
  cancel(reason?: unknown): Promise<void>
}

/** Cancels when the signal aborts, with its reason; the signal does not hold what is over. */
export function cancelOn(signal: AbortSignal, stream: Cancellable): void {
  const cancel = () => void stream.cancel(signal.reason)
  signal.addEventListener('abort', cancel, { once: true })
  void stream.closed.then(() => signal.removeEventListener('abort', cancel))
}

/** The promise, or the signal's reason once it aborts. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
