/** Whom the work for a stream is charged to. */
export interface Payer {
  /** Whoever it is that connects, however often. */
  readonly client: string
  readonly connection: string
}

/** Real time that a stream may be worked for in a second, before it is ahead of its share. */
const shareOfRealTime = 1.25
/** Work that may come at once before a payer counts as ahead: a first sentence. */
const burstMs = 1000
/**
 * No payer is ever further ahead, so that one who hurried is forgiven in that time. A connection remembers longer than its
 * client: among the connections of one client, those that took more wait for the others.
 */
const maxAheadMs = { client: 2000, connection: 4000 }

class Account {
  /** Streams that are open: each brings its own share. */
  streams = 0
  /** Until when the work done so far is paid for. */
  paidUntil = Number.NEGATIVE_INFINITY

  constructor(private readonly maxAheadMs: number) {}

  charge(ms: number, moment: number): void {
    const due = Math.max(this.paidUntil, moment) + ms / (shareOfRealTime * Math.max(1, this.streams))
    this.paidUntil = Math.min(due, moment + burstMs + this.maxAheadMs)
  }
}

/** A stream's part in the accounts of its payers. */
export class Share {
  constructor(private readonly accounts: readonly Account[]) {
    for (const account of accounts) account.streams += 1
  }

  /** @param ms of real time that the work stands for */
  charge(ms: number, moment: number): void {
    for (const account of this.accounts) account.charge(ms, moment)
  }

  /** How long its payers' work so far is not yet paid for, ms. */
  usedMs(moment: number): number {
    return Math.max(0, ...this.accounts.map(({ paidUntil }) => paidUntil - moment))
  }

  /** By how much its payers have had more than their share, ms; 0 within it. */
  aheadMs(moment: number): number {
    return Math.max(0, this.usedMs(moment) - burstMs)
  }

  close(): void {
    for (const account of this.accounts) account.streams -= 1
  }
}

/**
 * A clock for each client and each connection, as in weighted fair queueing: work moves it on, time lets it catch up, and
 * neither a flush nor a new stream nor a new connection sets it back. Whoever has had more than the share of its streams
 * waits while others have work.
 */
export class FairShares {
  private readonly accounts = new Map<string, Account>()

  /** @param payer absent: of a stream that pays by its own clock alone */
  open(payer: Payer | undefined, moment: number): Share {
    this.forgetPaid(moment)
    if (payer === undefined) return new Share([])
    return new Share([
      this.accountOf(`client ${payer.client}`, maxAheadMs.client),
      this.accountOf(`connection ${payer.connection}`, maxAheadMs.connection),
    ])
  }

  get size(): number {
    return this.accounts.size
  }

  private accountOf(name: string, most: number): Account {
    const known = this.accounts.get(name) ?? new Account(most)
    this.accounts.set(name, known)
    return known
  }

  private forgetPaid(moment: number): void {
    for (const [name, { streams, paidUntil }] of this.accounts) {
      if (streams === 0 && paidUntil <= moment) this.accounts.delete(name)
    }
  }
}
