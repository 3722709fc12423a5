import { type ApiError, clientLimit, draining, overloaded } from '../operations/api-error.js'
import type { SynthesisBackend } from './backend.js'

/** After a stream ran late no other is let in for so long. */
const lateMs = 2000

/** Of all permits, what one client may take that has no token: others always find some. */
export const clientShare = 0.75

/** Whoever takes permits. */
export interface PermitHolder {
  permits: number
  /** Whether the operator knows it, and gave it a token. */
  readonly hasToken: boolean
}

/**
 * Lets in as many streams as the backend carries at the machine's present speed, at most those of `limits`; none while
 * it is seen to run late, and none once the server stops. Who was let in before the machine became slower stays.
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
   * @param permits that it takes: all, where there are fewer
   * @param holder whose stream it is; absent: nobody's that is counted
   */
  refusal(permits = 1, holder?: PermitHolder): ApiError | undefined {
    if (this.stopping) return draining()
    if (this.capacity === 0) return overloaded('no synthesis thread is alive')
    if (this.count >= this.capacity) return overloaded(`all ${this.capacity} streams are taken`)
    if (this.count + this.permitsOf(permits) > this.capacity) {
      return overloaded(
        `${this.count} of ${this.capacity} streams are taken, and this one counts as ${permits}`,
      )
    }
    if (this.now() < this.lateUntil) return overloaded('the server is running late')
    return holder && this.shareRefusal(permits, holder)
  }

  /**
   * Takes permits, by default one.
   *
   * @returns gives them back; further calls do nothing
   * @throws ApiError overloaded, draining
   */
  acquire(permits = 1, holder?: PermitHolder): () => void {
    const refusal = this.refusal(permits, holder)
    if (refusal !== undefined) throw refusal
    let held = this.permitsOf(permits)
    this.count += held
    if (holder !== undefined) holder.permits += held
    return () => {
      this.count -= held
      if (holder !== undefined) holder.permits -= held
      held = 0
    }
  }

  private shareRefusal(permits: number, { permits: held, hasToken }: PermitHolder): ApiError | undefined {
    const share = hasToken ? 1 : clientShare
    const most = this.limits.streamsPerClient ?? Math.ceil(share * this.capacity)
    // A single stream is let in whatever it costs.
    if (held === 0 || held + this.permitsOf(permits) <= most) return undefined
    const counted = permits === 1 ? '' : `, which counts as ${permits}`
    return clientLimit(`streams: got one more${counted} than the ${held} of this client`, most)
  }

  /** A machine that carries few streams still carries one of those that cost more. */
  private permitsOf(permits: number): number {
    return Math.min(permits, this.capacity)
  }

  /** A stream was seen to run late. */
  ranLate(): void {
    this.lateUntil = this.now() + lateMs
  }

  drain(): void {
    this.stopping = true
  }
}
