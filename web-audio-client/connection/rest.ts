export interface RestOptions {
  /** Whether to end at once when the page is seen again, or the network is back. */
  readonly early: boolean
  /** Whether not to end before the page is seen. */
  readonly untilSeen: boolean
  readonly signal: AbortSignal
}

/** Waits between two attempts. Outside of a page it is a timer. */
export function rest(ms: number, { early, untilSeen, signal }: RestOptions): Promise<void> {
  const page: Document | undefined = globalThis.document
  const isHidden = () => page?.visibilityState === 'hidden'
  return new Promise((resolve) => {
    const over = new AbortController()
    const end = () => {
      clearTimeout(timer)
      over.abort()
      resolve()
    }
    let isDue = false
    const timer = setTimeout(() => {
      isDue = true
      if (!untilSeen || !isHidden()) end()
    }, ms)
    if (signal.aborted) return end()
    const listening = { signal: over.signal }
    signal.addEventListener('abort', end, listening)
    page?.addEventListener(
      'visibilitychange',
      () => {
        if (!isHidden() && (early || isDue)) end()
      },
      listening,
    )
    if (early && page !== undefined) addEventListener('online', end, listening)
  })
}
