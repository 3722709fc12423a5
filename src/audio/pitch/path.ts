/** Costs of the best-path search, in units of correlation. */
const UNVOICED_SCORE = 0.45
const VOICING_CHANGE_COST = 0.25
const COST_PER_OCTAVE = 1.8

/** Pitch candidates per frame, beside "unvoiced". */
export const maxCandidates = 5
const STATES = maxCandidates + 1

/**
 * Viterbi search over pitch candidates with a fixed decision lag: frame t is decided by the best path as seen
 * from frame t + lag, so that a stream and a whole signal get the same answer. State 0 is "unvoiced".
 */
export class PitchPath {
  private readonly periods: Float64Array
  private readonly backs: Int8Array
  private readonly counts: Int8Array
  private scores = new Float64Array(STATES)
  private next = new Float64Array(STATES)
  private readonly slots: number
  private added = 0
  private decided = 0

  constructor(readonly decisionLag: number) {
    this.slots = decisionLag + 1
    this.periods = new Float64Array(this.slots * STATES)
    this.backs = new Int8Array(this.slots * STATES)
    this.counts = new Int8Array(this.slots)
  }

  /**
   * Adds a frame. Only the first `count` entries of `periods` (samples) and `scores` count.
   * @returns whether a further frame can be decided
   */
  add(count: number, periods: Float64Array, scores: Float64Array): boolean {
    const slot = this.added % this.slots
    const base = slot * STATES
    const before = ((this.added + this.slots - 1) % this.slots) * STATES
    const states = this.added === 0 ? 1 : this.counts[(this.added + this.slots - 1) % this.slots]!
    let top = -Infinity
    for (let s = 0; s <= count; s++) {
      const period = s === 0 ? 0 : periods[s - 1]!
      let best = -Infinity
      let from = 0
      for (let p = 0; p < states; p++) {
        const score =
          this.scores[p]! - transitionCost(this.added === 0 ? period : this.periods[before + p]!, period)
        if (score > best) {
          best = score
          from = p
        }
      }
      this.periods[base + s] = period
      this.backs[base + s] = from
      this.next[s] = best + (s === 0 ? UNVOICED_SCORE : scores[s - 1]!)
      top = Math.max(top, this.next[s]!)
    }
    // Only differences matter; without this an hour of frames would cost the scores their last digits.
    for (let s = 0; s <= count; s++) this.next[s]! -= top
    this.counts[slot] = count + 1
    const scoresBefore = this.scores
    this.scores = this.next
    this.next = scoresBefore
    this.added++
    return this.added - this.decided > this.decisionLag
  }

  /** Whether frames remain undecided, once the stream has ended. */
  get pending(): boolean {
    return this.decided < this.added
  }

  /** Decides the oldest undecided frame. @returns its period in samples, 0 for unvoiced */
  decide(): number {
    const last = this.added - 1
    let state = 0
    const states = this.counts[last % this.slots]!
    for (let s = 1; s < states; s++) if (this.scores[s]! > this.scores[state]!) state = s
    for (let t = last; t > this.decided; t--) state = this.backs[(t % this.slots) * STATES + state]!
    const period = this.periods[(this.decided % this.slots) * STATES + state]!
    this.decided++
    return period
  }
}

function transitionCost(from: number, to: number): number {
  if (from === 0 || to === 0) return from === to ? 0 : VOICING_CHANGE_COST
  return COST_PER_OCTAVE * Math.abs(Math.log2(from / to))
}
