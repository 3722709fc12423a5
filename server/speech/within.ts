/**
 * The result of a promise, unless it takes too long or the signal is aborted before.
 *
 * @throws what `late` gives after so many ms; the reason of the signal
 */
export function within<Result>(
  promise: Promise<Result>,
  ms: number,
  late: () => Error,
  signal?: AbortSignal,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms)
    const aborted = () => reject(signal?.reason)
    if (signal?.aborted === true) aborted()
    signal?.addEventListener('abort', aborted)
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    })
  })
}
