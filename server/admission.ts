import { clientLimit, draining, overloaded, type Problem } from './problem.js'
import type { SynthesisBackend } from './synthesis-backend.js'

/** After a stream ran late no other is let in for so long. */
const lateMs = 2000

/** Of all places, what one client may take that has no token: others always find some. */
export const clientShare = 0.75

/** Whoever takes places. */
export interface PlaceHolder {
  places: number
  /** Whether the operator knows it, and gave it a token. */
  readonly hasToken: boolean
}

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
    private readonly limits: { readonly streams?: number; readonly streamsPerClient?: number } = {},
    private readonly now: () => number = () => performance.now(),
  ) {}

  get open(): number {
    return this.count
  }

  get capacity(): number {
    return Math.min(this.limits.streams ?? Number.POSITIVE_INFINITY, this.backend.capacity)
  }

  get isDraining(): boolean {
    return this.stopping
  }

  /**
   * Why a stream cannot be let in now, or undefined.
   *
   * @param places that it takes: all, where there are fewer
   * @param holder whose stream it is; absent: nobody's that is counted
   */
  refusal(places = 1, holder?: PlaceHolder): Problem | undefined {
    if (this.stopping) return draining()
    if (this.capacity === 0) return overloaded('no synthesis thread is alive')
    if (this.count >= this.capacity) return overloaded(`all ${this.capacity} streams are taken`)
    if (this.count + this.placesOf(places) > this.capacity) {
      return overloaded(
        `${this.count} of ${this.capacity} streams are taken, and this one counts as ${places}`,
      )
    }
    if (this.now() < this.lateUntil) return overloaded('the server is running late')
    return holder && this.shareRefusal(places, holder)
  }

  /**
   * Takes places, by default one.
   *
   * @returns gives them back; further calls do nothing
   * @throws Problem overloaded, draining
   */
  enter(places = 1, holder?: PlaceHolder): () => void {
    const refusal = this.refusal(places, holder)
    if (refusal !== undefined) throw refusal
    let held = this.placesOf(places)
    this.count += held
    if (holder !== undefined) holder.places += held
    return () => {
      this.count -= held
      if (holder !== undefined) holder.places -= held
      held = 0
    }
  }

  private shareRefusal(places: number, { places: held, hasToken }: PlaceHolder): Problem | undefined {
    const share = hasToken ? 1 : clientShare
    const most = this.limits.streamsPerClient ?? Math.ceil(share * this.capacity)
    // A single stream is let in whatever it costs.
    if (held === 0 || held + this.placesOf(places) <= most) return undefined
    const counted = places === 1 ? '' : `, which counts as ${places}`
    return clientLimit(`streams: got one more${counted} than the ${held} of this client`, most)
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
