/** A source's values until it ends or the signal aborts, even while the source owes the next; it is told in any case. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  try {
    while (!signal.aborted) {
      const result = await Promise.race([iterator.next(), aborted])
      if (result === undefined || result.done === true) return
      yield result.value
    }
  } finally {
    // A source that owes its next value may answer late; nobody waits for it.
    void iterator.return?.()
  }
}
