import { draining, overloaded, type Problem } from './problem.js'
import type { SynthesisBackend } from './synthesis-backend.js'

/** After a stream ran late no other is let in for so long. */
const lateMs = 2000

/**
 * Lets in as many streams as the backend was measured to carry, none while it is seen to run late, and none once
 * the server stops: a stream that is let in is served in time.
 */
export class Admission {
  private count = 0
  private lateUntil = 0
  private stopping = false

  constructor(
    private readonly backend: Pick<SynthesisBackend, 'capacity'>,
    private readonly most = Number.POSITIVE_INFINITY,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get open(): number {
    return this.count
  }

  get capacity(): number {
    return Math.min(this.most, this.backend.capacity)
  }

  get isDraining(): boolean {
    return this.stopping
  }

  /**
   * Why a stream cannot be let in now, or undefined.
   *
   * @param places that it takes: all, where there are fewer
   */
  refusal(places = 1): Problem | undefined {
    if (this.stopping) return draining()
    if (this.capacity === 0) return overloaded('no synthesis thread is alive')
    if (this.count >= this.capacity) return overloaded(`all ${this.capacity} streams are taken`)
    if (this.count + this.placesOf(places) > this.capacity) {
      return overloaded(
        `${this.count} of ${this.capacity} streams are taken, and this one counts as ${places}`,
      )
    }
    if (this.now() < this.lateUntil) return overloaded('the server is running late')
    return undefined
  }

  /**
   * Takes places, by default one.
   *
   * @returns gives them back; further calls do nothing
   * @throws Problem overloaded, draining
   */
  enter(places = 1): () => void {
    const refusal = this.refusal(places)
    if (refusal !== undefined) throw refusal
    let held = this.placesOf(places)
    this.count += held
    return () => {
      this.count -= held
      held = 0
    }
  }

  /** A machine that carries few streams still carries one of those that cost more. */
  private placesOf(places: number): number {
    return Math.min(places, this.capacity)
  }

  /** A stream was seen to run late. */
  ranLate(): void {
    this.lateUntil = this.now() + lateMs
  }

  drain(): void {
    this.stopping = true
  }
}
