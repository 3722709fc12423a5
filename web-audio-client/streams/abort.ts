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

/**
 * The promise, or the reason of the signal, which has not aborted, once it does.
 *
 * @param onAbort called when the signal aborts first
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal, onAbort: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      onAbort()
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
