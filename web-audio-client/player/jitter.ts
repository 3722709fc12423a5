export interface PrebufferLimits {
  /** Audio that waits before playback starts, in ms: at first, and the least and the most that it adapts to. */
  readonly startMs: number
  readonly minMs: number
  readonly maxMs: number
}

export const defaultPrebuffer: PrebufferLimits = { startMs: 150, minMs: 60, maxMs: 800 }

/** Arrivals that are looked back on: at 23 ms of audio each, six seconds. */
const window = 256
/** Arrivals within this time, in ms, say too little: the first ones come in one burst. */
const minSpanMs = 2000
/** Share of arrivals that the prebuffer is to cover. */
const covered = 0.98
/** On top of the lateness seen: a block of the audio thread and the coarseness of timers. */
const marginMs = 15
/** An underrun raises the prebuffer at once, by this factor. */
const afterUnderrun = 1.5

/**
 * How much audio must wait before playback starts, so that chunks as late as the recent ones still come in time. An
 * arrival's lateness is how far it lies behind the earliest recent one, both taken relative to their place in the
 * audio: chunks that come faster than they are played are not late. Page thread, pure.
 */
export class JitterEstimator {
  private delays: number[] = []
  private latenesses: number[] = []
  private raisedMs = 0
  private firstAtMs: number | undefined
  private lastAtMs = 0

  constructor(public limits: PrebufferLimits = defaultPrebuffer) {}

  /**
   * @param receivedAtMs when the chunk came, any monotonic clock
   * @param positionMs where in its stream the chunk starts
   */
  arrived(receivedAtMs: number, positionMs: number): void {
    this.firstAtMs ??= receivedAtMs
    this.lastAtMs = receivedAtMs
    const delay = receivedAtMs - positionMs
    this.delays = [...this.delays, delay].slice(-window)
    this.latenesses = [...this.latenesses, delay - Math.min(...this.delays)].slice(-window)
    // What an underrun taught is forgotten over a window of arrivals.
    this.raisedMs *= 1 - 1 / window
  }

  underrun(): void {
    this.raisedMs = afterUnderrun * Math.max(this.prebufferMs, this.limits.minMs)
  }

  /** The source paused or changed: delays before and after cannot be compared. What was late stays known. */
  restart(): void {
    this.delays = []
  }

  get prebufferMs(): number {
    const { startMs, minMs, maxMs } = this.limits
    const isKnown = this.lastAtMs - (this.firstAtMs ?? this.lastAtMs) >= minSpanMs
    const known = isKnown ? 0 : startMs
    const sorted = [...this.latenesses].sort((a, b) => a - b)
    const late = sorted[Math.ceil(covered * sorted.length) - 1] ?? 0
    return Math.min(maxMs, Math.max(minMs, known, late + marginMs, this.raisedMs))
  }
}
