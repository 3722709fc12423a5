import type { SynthesisBatch } from './batch.js'

/** Time after which a call counts half: the speed falls with the first, and rises with the second. */
const halfLifeMs = { falling: 500, rising: 4000 }
/** Of the time between two calls, what counts at most: after a pause one call is no better a witness than any other. */
const maxBetweenMs = 100
/** One call counts as at most so many times what it took at start, and at least as that part of it: it may have been held up. */
const mostOfStart = 8
/** A change by a smaller part is taken for chance. */
const noticedPart = 0.1

/** Calls of late: what they took at start and what they take now, in ms, each sum with its older calls counting less. */
class RecentCalls {
  private startMs: number
  private nowMs: number

  /** Begins as though every call had taken what it took at start. */
  constructor(private readonly halfLifeMs: number) {
    this.startMs = halfLifeMs
    this.nowMs = halfLifeMs
  }

  get speed(): number {
    return this.startMs / this.nowMs
  }

  add(startMs: number, nowMs: number, betweenMs: number): void {
    const kept = 2 ** (-betweenMs / this.halfLifeMs)
    this.startMs = kept * this.startMs + startMs
    this.nowMs = kept * this.nowMs + nowMs
  }
}

/**
 * How fast the machine is, by what the engine's calls take beside what the same calls took at start. It follows a slower
 * machine at once and a faster one slowly: whoever is let in by a good moment stays for the bad ones.
 */
export class MachineSpeed {
  private readonly falling = new RecentCalls(halfLifeMs.falling)
  private readonly rising = new RecentCalls(halfLifeMs.rising)
  private noticed = 1
  private lastCall = Number.NEGATIVE_INFINITY

  /** @param flowMs of a call of each batch at start */
  constructor(
    private readonly flowMs: ReadonlyMap<SynthesisBatch, number>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Of 1 at start. */
  get value(): number {
    return this.noticed
  }

  /**
   * Takes in a call that has just ended.
   *
   * @param ms that its flow took
   * @returns whether the speed has changed
   */
  take(batch: SynthesisBatch, ms: number): boolean {
    const moment = this.now()
    const startMs = this.flowMs.get(batch)!
    const nowMs = Math.min(mostOfStart * startMs, Math.max(startMs / mostOfStart, ms))
    const betweenMs = Math.min(maxBetweenMs, moment - this.lastCall)
    this.lastCall = moment
    for (const calls of [this.falling, this.rising]) calls.add(startMs, nowMs, betweenMs)
    const speed = Math.min(this.falling.speed, this.rising.speed)
    if (Math.abs(speed / this.noticed - 1) < noticedPart) return false
    this.noticed = speed
    return true
  }
}
