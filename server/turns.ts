/** Work that is done one after the other. Whoever is aborted while it waits loses its turn, and what it holds is free. */
export class Turns {
  private readonly waiting: (() => void)[] = []
  private isTaken = false

  /** @throws what the work throws, or the reason of the signal */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted()
    if (this.isTaken) await this.turn(signal)
    this.isTaken = true
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next === undefined) this.isTaken = false
      else next()
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const come = () => {
        signal.removeEventListener('abort', withdraw)
        resolve()
      }
      const withdraw = () => {
        this.waiting.splice(this.waiting.indexOf(come), 1)
        reject(signal.reason)
      }
      this.waiting.push(come)
      signal.addEventListener('abort', withdraw, { once: true })
    })
  }
}
