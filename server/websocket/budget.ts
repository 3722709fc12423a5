/** What may come in a second on the long run, and at once. */
export interface Rate {
  readonly perSecond: number
  readonly atOnce: number
}

/** A token bucket that goes into debt: what has come has come, and is paid back by waiting. */
export class Budget {
  private left: number
  private at: number

  /** @param share that counts now of the rate */
  constructor(
    private readonly whole: Rate,
    private readonly now: () => number = () => performance.now(),
    private readonly share: () => number = () => 1,
  ) {
    this.left = this.rate.atOnce
    this.at = this.now()
  }

  get rate(): Rate {
    const share = this.share()
    return { perSecond: share * this.whole.perSecond, atOnce: share * this.whole.atOnce }
  }

  /** Whether nothing of it is used up. */
  get isFull(): boolean {
    this.refill()
    return this.left >= this.rate.atOnce
  }

  /** How long nothing more may come, in ms. */
  get debtMs(): number {
    this.refill()
    return Math.max(0, (-1000 * this.left) / this.rate.perSecond)
  }

  take(amount: number): void {
    this.refill()
    this.left -= amount
  }

  private refill(): void {
    const moment = this.now()
    const { perSecond, atOnce } = this.rate
    this.left = Math.min(atOnce, this.left + ((moment - this.at) * perSecond) / 1000)
    this.at = moment
  }
}
