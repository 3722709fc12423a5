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

  /** Why a stream cannot be let in now, or undefined. */
  refusal(): Problem | undefined {
    if (this.stopping) return draining()
    if (this.capacity === 0) return overloaded('no synthesis thread is alive')
    if (this.count >= this.capacity) return overloaded(`all ${this.capacity} streams are taken`)
    if (this.now() < this.lateUntil) return overloaded('the server is running late')
    return undefined
  }

  /**
   * Takes a place.
   *
   * @returns gives the place back; further calls do nothing
   * @throws Problem overloaded, draining
   */
  enter(): () => void {
    const refusal = this.refusal()
    if (refusal !== undefined) throw refusal
    this.count += 1
    let held = true
    return () => {
      if (held) this.count -= 1
      held = false
    }
  }

  /** A stream was seen to run late. */
  ranLate(): void {
    this.lateUntil = this.now() + lateMs
  }

  drain(): void {
    this.stopping = true
  }
}
