import type { PcmChunk } from '../../index.js'
import type { GrowingSignal } from '../sound/signal.js'

/** Frames that a chunk holds at most: what the page's thread resamples in a few milliseconds. */
const chunkFrames = 8192

/**
 * Two signals of one rate in step, as the two channels of a `Player`: what is heard can change from the one to the other
 * without a gap. Either may still grow; the one that is behind is waited for.
 */
export class SideBySide {
  readonly sampleRate: number

  /** @param original absent: that channel is silent */
  constructor(
    private readonly original: GrowingSignal | undefined,
    private readonly result: GrowingSignal,
  ) {
    this.sampleRate = result.sampleRate
  }

  get seconds(): number {
    return Math.max(...this.signals.map(({ seconds }) => seconds))
  }

  /** What there is from the frame `from` on, and then what comes, to the end: for `Player.play`. */
  async *chunks(from: number): AsyncGenerator<PcmChunk> {
    const { sampleRate, signals } = this
    for (let position = from; ; ) {
      const { length, isFinished } = this
      if (position < length) {
        const to = Math.min(length, position + chunkFrames)
        const samples = this.frames(position, to)
        const receivedAtMs = Math.max(...signals.map((each) => each.arrivedAtMs(position) ?? 0))
        yield { samples, sampleRate, position, last: isFinished && to === length, receivedAtMs }
        position = to
      } else if (isFinished) return
      else await Promise.race(signals.filter((each) => !each.isFinished).map((each) => each.changed()))
    }
  }

  private get signals(): readonly GrowingSignal[] {
    return this.original === undefined ? [this.result] : [this.original, this.result]
  }

  private get isFinished(): boolean {
    return this.signals.every((each) => each.isFinished)
  }

  /** Frames that are there: what is finished is silent behind its end. */
  private get length(): number {
    const growing = this.signals.filter((each) => !each.isFinished)
    if (growing.length > 0) return Math.min(...growing.map(({ length }) => length))
    return Math.max(...this.signals.map(({ length }) => length))
  }

  /** [frames, 2]: the original, the result. */
  private frames(from: number, to: number): Float32Array {
    const frames = new Float32Array(2 * (to - from))
    for (const [channel, signal] of [this.original, this.result].entries()) {
      const samples = signal?.slice(from, Math.min(to, signal.length))
      for (let i = 0; i < (samples?.length ?? 0); i++) frames[2 * i + channel] = samples![i]!
    }
    return frames
  }
}
