import type { IncomingMessage } from 'node:http'
import { ApiError } from '../operations/api-error.js'
import { Budget } from '../websocket/budget.js'
import { remoteNetwork } from '../websocket/remote-address.js'

/** Seconds' worth that may come at once: a page with all of its files. */
const secondsAtOnce = 2

/** How many requests a client may make, by its address: each takes its part of the loop, whatever the answer. */
export class RequestRate {
  private readonly budgets = new Map<string, Budget>()
  /** Those that have passed: an HTTP server and the router behind it both ask. */
  private readonly counted = new WeakSet<IncomingMessage>()

  constructor(
    private readonly options: { readonly requestsPerSecond: number; readonly trustedProxies: number },
    private readonly now?: () => number,
  ) {}

  /** Addresses whose requests are not paid for yet. */
  get size(): number {
    return this.budgets.size
  }

  /** Why a request is not answered; undefined: it is, and it counts. */
  refusal(request: IncomingMessage): ApiError | undefined {
    if (this.counted.has(request)) return undefined
    const { requestsPerSecond, trustedProxies } = this.options
    const budget = this.budgetOf(remoteNetwork(request, trustedProxies))
    const { debtMs } = budget
    if (debtMs === 0) {
      budget.take(1)
      this.counted.add(request)
      return undefined
    }
    return new ApiError(
      'rate_limited',
      `requests: got more than the client may make, expected at most ${requestsPerSecond} a second`,
      { field: 'requests', retryAfterMs: Math.ceil(debtMs) },
    )
  }

  private budgetOf(name: string): Budget {
    const known = this.budgets.get(name)
    if (known !== undefined) return known
    for (const [other, { isFull }] of this.budgets) if (isFull) this.budgets.delete(other)
    const { requestsPerSecond: perSecond } = this.options
    const budget = new Budget({ perSecond, atOnce: secondsAtOnce * perSecond }, this.now)
    this.budgets.set(name, budget)
    return budget
  }
}
