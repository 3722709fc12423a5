/** Clients, of those that had a turn while others waited. */
const maxRemembered = 256

interface Waiting {
  readonly whose: string
  begin(): void
}

/**
 * Work that is done one after the other. Among those that wait, the client whose last turn is longest ago is next: one
 * that asks for much keeps nobody else waiting for more than a turn. Whoever is aborted while it waits loses its turn, and
 * what it holds is free.
 */
export class Turns {
  private readonly waiting: Waiting[] = []
  /** Number of the last turn of those that had one lately, the oldest first. */
  private readonly lastTurns = new Map<string, number>()
  private turns = 0
  private isTaken = false

  /**
   * @param whose work it is
   * @throws what the work throws, or the reason of the signal
   */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal, whose: string): Promise<Result> {
    signal.throwIfAborted()
    if (this.isTaken) await this.turn(signal, whose)
    this.isTaken = true
    this.remember(whose)
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      this.pass()
    }
  }

  private remember(whose: string): void {
    this.lastTurns.delete(whose)
    this.lastTurns.set(whose, this.turns++)
    const [oldest] = this.lastTurns.keys()
    if (this.lastTurns.size > maxRemembered) this.lastTurns.delete(oldest!)
  }

  private pass(): void {
    const lastOf = ({ whose }: Waiting) => this.lastTurns.get(whose) ?? -1
    const next = this.waiting.reduce<Waiting | undefined>(
      (first, other) => (first === undefined || lastOf(other) < lastOf(first) ? other : first),
      undefined,
    )
    if (next === undefined) {
      this.isTaken = false
      this.lastTurns.clear()
      return
    }
    this.waiting.splice(this.waiting.indexOf(next), 1)
    next.begin()
  }

  private turn(signal: AbortSignal, whose: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        whose,
        begin() {
          signal.removeEventListener('abort', withdraw)
          resolve()
        },
      }
      const withdraw = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1)
        reject(signal.reason)
      }
      this.waiting.push(waiting)
      signal.addEventListener('abort', withdraw, { once: true })
    })
  }
}
