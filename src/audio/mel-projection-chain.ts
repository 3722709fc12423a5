import type { Frames } from './frames.js'
import type { MelConfig } from './mel.js'
import { MelProjection } from './mel-projection.js'

/**
 * Several passes of `MelProjection`. Each but the first starts not from the last pass's waveform, but from further on
 * in the direction in which that pass went: momentum · (after − before) is added. Since the STFT is linear, this is what
 * the fast Griffin–Lim algorithm does to its spectra (Perraudin, Balazs and Søndergaard 2013); here phases come from the
 * flow, and a real gain of each band keeps what the mel does not tell.
 *
 * Streaming as `MelProjection` is, each pass 3 hops behind the one before.
 */
export class MelProjectionChain {
  /** Samples that are held back until their last frame is complete, in all passes. */
  readonly latency: number
  private readonly passes: readonly Pass[]

  constructor(mel: MelConfig, { passes, momentum }: { passes: number; momentum: number }) {
    this.passes = Array.from({ length: passes }, () => new Pass(new MelProjection(mel), momentum))
    this.latency = this.passes.reduce((sum, { latency }) => sum + latency, 0)
  }

  /** Log-mel frames that the waveform shall have; see `MelProjection.want`. */
  want(mel: Frames): void {
    for (const pass of this.passes) pass.want(mel)
  }

  /** Any number of samples → the samples that they complete. */
  push(samples: Float32Array): Float32Array {
    return this.passes.reduce((step: Step, pass) => pass.push(step), still(samples)).after
  }

  /** Ends the signal after `last` samples more: all that was held back. The object is then as new. */
  flush(last: Float32Array = new Float32Array(0)): Float32Array {
    return this.passes.reduce((step: Step, pass) => pass.flush(step), still(last)).after
  }
}

/** Samples after a pass, and those that the next one starts from. */
interface Step {
  readonly after: Float32Array
  readonly ahead: Float32Array
}

function still(samples: Float32Array): Step {
  return { after: samples, ahead: samples }
}

/** One pass, and its input held back for as long as the pass takes. */
class Pass {
  private before: Float32Array = new Float32Array(0)

  constructor(
    private readonly projection: MelProjection,
    private readonly momentum: number,
  ) {}

  get latency(): number {
    return this.projection.latency
  }

  want(mel: Frames): void {
    this.projection.want(mel)
  }

  push({ after, ahead }: Step): Step {
    this.before = joined(this.before, after)
    return this.step(this.projection.push(ahead))
  }

  flush(last: Step): Step {
    const pushed = this.push(last)
    const flushed = this.step(this.projection.flush())
    return { after: joined(pushed.after, flushed.after), ahead: joined(pushed.ahead, flushed.ahead) }
  }

  private step(after: Float32Array): Step {
    const { before, momentum } = this
    const ahead = new Float32Array(after.length)
    for (let n = 0; n < ahead.length; n++) {
      const value = after[n]!
      ahead[n] = value + momentum * (value - before[n]!)
    }
    this.before = before.slice(after.length)
    return { after, ahead }
  }
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const both = new Float32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
