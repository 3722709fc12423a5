export interface ReconnectOptions {
  /** Attempts without a connection between them after which the client gives up. Default 8. */
  readonly attempts?: number
  /** Wait before the second attempt; doubles from one to the next. Default 250 ms. */
  readonly firstMs?: number
  /** Longest wait. Default 10 s. */
  readonly mostMs?: number
}

/** Waits between attempts: doubled each time, drawn from their upper half, so that clients do not return as one. */
export class Backoff {
  private failures = 0
  private readonly attempts: number
  private readonly firstMs: number
  private readonly mostMs: number

  constructor(
    { attempts = 8, firstMs = 250, mostMs = 10_000 }: ReconnectOptions = {},
    private readonly random: () => number = Math.random,
  ) {
    this.attempts = attempts
    this.firstMs = firstMs
    this.mostMs = mostMs
  }

  /** Call when a connection stood. */
  succeeded(): void {
    this.failures = 0
  }

  /**
   * Call when an attempt failed or a connection was lost.
   *
   * @param leastMs what the server asked to wait
   * @returns ms to wait, or undefined: give up
   */
  failed(leastMs = 0): number | undefined {
    if (++this.failures >= this.attempts) return undefined
    const most = Math.min(this.mostMs, this.firstMs * 2 ** (this.failures - 1))
    return Math.max(leastMs, most * (0.5 + 0.5 * this.random()))
  }
}
