import type { ApiError } from '../operations/api-error.js'
import { rateLimited, type Traffic } from './traffic.js'
import type { Turns } from './turns.js'

/** A client that floods is told so no more often. */
const reportEveryMs = 1000

/**
 * Reads a socket no faster than its own traffic allows; and when all sockets of its client send more than the client may,
 * no faster than its part of that: a quiet socket is read on beside others that flood. What is more waits in the network.
 */
export class Throttle {
  private timer: NodeJS.Timeout | undefined
  private reportedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly turns: Pick<Turns, 'pause' | 'resume'>,
    private readonly own: Traffic,
    private readonly client: Traffic,
    private readonly part: Traffic,
    private readonly report: (apiError: ApiError) => void,
  ) {}

  /** Something came. */
  message(bytes: number): void {
    this.own.message(bytes)
    this.client.message(bytes)
    this.part.message(bytes)
    this.check()
  }

  /** A stream was asked for. */
  open(): void {
    this.own.open()
    this.client.open()
    this.part.open()
    this.check()
  }

  /** Whether the socket is not read now. */
  get isPaused(): boolean {
    return this.timer !== undefined
  }

  /** Reads on, as a connection that closes must hear the answer. */
  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.turns.resume()
  }

  private check(): void {
    const [own, client] = [this.own.debt, this.clientDebt]
    const isOwn = own.ms >= client.ms
    const debt = isOwn ? own : client
    if (debt.ms === 0) return
    const moment = performance.now()
    if (moment - this.reportedAt >= reportEveryMs) {
      this.reportedAt = moment
      this.report(rateLimited(debt, isOwn ? 'connection' : 'client'))
    }
    if (this.timer !== undefined) return
    this.turns.pause()
    this.wait(debt.ms)
  }

  /** What the client owes, as far as this socket has had its part of it. */
  private get clientDebt(): Traffic['debt'] {
    const [client, part] = [this.client.debt, this.part.debt]
    return client.ms < part.ms ? client : { ...client, ms: part.ms }
  }

  private wait(ms: number): void {
    this.timer = setTimeout(() => {
      // What had been read already was taken meanwhile, and other sockets of the client went on.
      const left = Math.max(this.own.debt.ms, this.clientDebt.ms)
      if (left > 0) this.wait(left)
      else this.stop()
    }, Math.ceil(ms))
    this.timer.unref()
  }
}
