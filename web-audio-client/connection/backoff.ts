import { assertCount, assertMs } from './require-count.js'

export interface ReconnectOptions {
  /**
   * Attempts without a connection between them after which the client gives up. Default: in a page never, elsewhere 8.
   * An answer that the server is full or restarting is no failed attempt.
   */
  readonly attempts?: number
  /** Wait before the second attempt; doubles from one to the next. Default 250 ms. */
  readonly firstMs?: number
  /** Longest wait. Default 10 s. */
  readonly maxMs?: number
}

/** Failed attempts after which a page that nobody sees rests until it is seen. */
const attemptsUnseen = 8

/** Waits between attempts: doubled each time, drawn from their upper half, so that clients do not return as one. */
export class Backoff {
  private failures = 0
  private readonly attempts: number
  private readonly firstMs: number
  private readonly maxMs: number

  /** @throws GlowcastClientError invalid_argument */
  constructor(
    { attempts = defaultAttempts(), firstMs = 250, maxMs = 10_000 }: ReconnectOptions = {},
    private readonly random: () => number = Math.random,
  ) {
    if (attempts !== Number.POSITIVE_INFINITY) assertCount('reconnect.attempts', attempts, 1)
    assertMs('reconnect.firstMs', firstMs)
    assertMs('reconnect.maxMs', maxMs)
    this.attempts = attempts
    this.firstMs = firstMs
    this.maxMs = maxMs
  }

  /** Whether a page that is not seen has tried often enough for now. */
  get isTired(): boolean {
    return this.failures >= attemptsUnseen
  }

  /** Call when a connection stood. */
  succeeded(): void {
    this.failures = 0
  }

  /**
   * Call when an attempt failed or a connection was lost.
   *
   * @returns ms to wait, or undefined: give up
   */
  failed(): number | undefined {
    if (++this.failures >= this.attempts) return undefined
    const most = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(this.failures - 1, 30))
    return most * (0.5 + 0.5 * this.random())
  }

  /**
   * Call when the server answered that it has no room now.
   *
   * @param minMs what it asked to wait
   * @returns ms to wait: up to a quarter more, so that those who were told the same do not return as one
   */
  postponed(minMs: number): number {
    return minMs * (1 + 0.25 * this.random())
  }
}

function defaultAttempts(): number {
  return globalThis.document === undefined ? 8 : Number.POSITIVE_INFINITY
}
