import { LoudnessMeter } from '../../../src/audio/metering/loudness.js'
import type { GrowingSignal } from './signal.js'

/** Seconds measured in one go, so that a long recording does not hold up the page. */
const maxSeconds = 5

/** The loudness and the peak of a signal as it grows. */
class Level {
  private readonly meter: LoudnessMeter
  private measured = 0
  peak = 0

  constructor(private readonly signal: GrowingSignal) {
    this.meter = new LoudnessMeter(signal.sampleRate, 1)
  }

  /** @returns whether all is measured */
  measure(): boolean {
    const { signal } = this
    const to = Math.min(signal.length, this.measured + maxSeconds * signal.sampleRate)
    const samples = signal.slice(this.measured, to)
    this.meter.push([samples])
    for (const sample of samples) this.peak = Math.max(this.peak, Math.abs(sample))
    this.measured = to
    return signal.isFinished && to === signal.length
  }

  get lufs(): number | null {
    return this.meter.integrated()
  }
}

/**
 * The gain with which the original is as loud as the resynthesis (integrated loudness, ITU-R BS.1770). The resynthesis is
 * never changed, so that what is heard of it is what the server sent.
 */
export class LevelMatch {
  private readonly original: Level
  private readonly result: Level
  /** Linear; undefined until both are measured. */
  gain: number | undefined

  constructor(original: GrowingSignal, result: GrowingSignal) {
    this.original = new Level(original)
    this.result = new Level(result)
  }

  /** Goes on measuring; to be called again and again until there is a gain. */
  measure(): void {
    if (this.gain !== undefined) return
    const isDone = [this.original.measure(), this.result.measure()].every(Boolean)
    if (!isDone) return
    const [from, to] = [this.original.lufs, this.result.lufs]
    const wanted = from === null || to === null ? 1 : 10 ** ((to - from) / 20)
    // No clipping.
    this.gain = this.original.peak > 0 ? Math.min(wanted, Math.max(1, 1 / this.original.peak)) : 1
  }
}
