import { ApiError } from '../operations/api-error.js'
import type { ServerLimits } from '../operations/limits.js'
import { Budget } from './budget.js'

/** Seconds' worth that may come at once: a page that opens its streams, a client that catches up. */
const secondsAtOnce = 2
/** Bytes that a message costs besides its own, so that many small ones count as what they take. */
const bytesOfMessage = 64

const trafficKinds = ['messages', 'opens', 'bytes'] as const
export type TrafficKind = (typeof trafficKinds)[number]

export type TrafficLimits = Pick<ServerLimits, 'messagesPerSecond' | 'opensPerSecond' | 'bytesPerSecond'>

/** What comes from a socket, or from all sockets of a client. */
export class Traffic {
  private readonly budgets: Readonly<Record<TrafficKind, Budget>>

  /** @param sockets for how many of them it is, at the moment */
  constructor(limits: TrafficLimits, sockets: () => number = () => 1, now?: () => number) {
    const budget = (perSecond: number) =>
      new Budget({ perSecond, atOnce: secondsAtOnce * perSecond }, now, sockets)
    this.budgets = {
      messages: budget(limits.messagesPerSecond),
      opens: budget(limits.opensPerSecond),
      bytes: budget(limits.bytesPerSecond),
    }
  }

  get isIdle(): boolean {
    return trafficKinds.every((kind) => this.budgets[kind].isFull)
  }

  message(bytes: number): void {
    this.budgets.messages.take(1)
    this.budgets.bytes.take(bytes + bytesOfMessage)
  }

  open(): void {
    this.budgets.opens.take(1)
  }

  /** How long nothing more is to be read, and because of what. */
  get debt(): { readonly ms: number; readonly kind: TrafficKind; readonly perSecond: number } {
    const debts = trafficKinds.map((kind) => {
      const { debtMs, rate } = this.budgets[kind]
      return { ms: debtMs, kind, perSecond: rate.perSecond }
    })
    return debts.reduce((most, other) => (other.ms > most.ms ? other : most))
  }
}

/** Tells a client that it is read no faster than it may send; nothing of what it sends is lost. */
export function rateLimited(
  { ms, kind, perSecond }: Traffic['debt'],
  whose: 'connection' | 'client',
): ApiError {
  const retryAfterMs = Math.ceil(ms)
  return new ApiError(
    'rate_limited',
    `${kind}: got more than the ${whose} may send, expected at most ${perSecond} a second; the next is read in ${retryAfterMs} ms`,
    { field: kind, retryAfterMs },
  )
}
