/** What a page is waited for. */
interface TextWait {
  readonly selector: string
  /** Of a regular expression. */
  readonly pattern: string
  readonly timeoutMs: number
}

/** A bound on what hangs: the machine may be busy with other tests. */
const patienceMs = 280_000

export function textWait(selector: string, { source }: RegExp, timeoutMs = patienceMs): TextWait {
  return { selector, pattern: source, timeoutMs }
}

/** Called in the page: resolves as soon as the element's text matches, however short it does. */
export function untilText({ selector, pattern, timeoutMs }: TextWait): Promise<void> {
  return new Promise((resolve, reject) => {
    const textOf = () => document.querySelector(selector)?.textContent ?? ''
    const finish = (settle: () => void) => {
      observer.disconnect()
      clearTimeout(timer)
      settle()
    }
    const look = () => {
      if (new RegExp(pattern).test(textOf())) finish(resolve)
    }
    const fail = () => reject(new Error(`${selector}: got ${textOf()}, expected ${pattern}`))
    const timer = setTimeout(() => finish(fail), timeoutMs)
    const observer = new MutationObserver(look)
    observer.observe(document, { childList: true, characterData: true, subtree: true })
    look()
  })
}

/** Called in the page: share of a canvas whose pixels are bright. A spectrogram of speech is neither dark nor full. */
export function litShareOf(id: string): number {
  const canvas = document.getElementById(id) as HTMLCanvasElement
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
  let lit = 0
  for (let i = 0; i < data.length; i += 4) if (data[i]! + data[i + 1]! + data[i + 2]! > 160) lit += 1
  return lit / (data.length / 4)
}

declare global {
  interface Window {
    /** Timers that were waiting at a time, at most. */
    maxWaits: number
  }
}

/** Called in the page: from now on counts the timers of `ms`, and no others. */
export function countWaits(ms: number): void {
  const waiting = new Set<number>()
  const { setTimeout: start, clearTimeout: stop } = window
  window.maxWaits = 0
  const setCounted = (run: () => void, delay: number) => {
    if (delay !== ms) return start(run, delay)
    const id = start(() => {
      waiting.delete(id)
      run()
    }, delay)
    waiting.add(id)
    window.maxWaits = Math.max(window.maxWaits, waiting.size)
    return id
  }
  const clearCounted = (id: number) => {
    waiting.delete(id)
    stop(id)
  }
  Object.assign(window, { setTimeout: setCounted, clearTimeout: clearCounted })
}
