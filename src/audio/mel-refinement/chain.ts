import { concatFloats } from '../../numeric/concat-floats.js'
import { assertFinite } from '../buffers/finite.js'
import type { Frames } from '../buffers/frames.js'
import { SampleWindow } from '../buffers/sample-window.js'
import { combLatency, PitchComb } from '../excitation/pitch-comb.js'
import type { MelConfig } from '../mel/mel.js'
import { MelProjection, projectionLatency } from './projection.js'

/** What refines a sample of the flow. */
export interface Refinement {
  /** Passes toward the mel. */
  readonly passes: number
  /** Whether a `PitchComb` goes before the last pass; alone where there is none. */
  readonly comb: boolean
}

/** Samples that a chain is behind what is pushed. */
export function refinementLatency(mel: MelConfig, { passes, comb }: Refinement): number {
  return passes * projectionLatency(mel) + (comb ? combLatency(mel) : 0)
}

/**
 * Several passes of `MelProjection`. Each but the first starts not from the last pass's waveform, but from further on
 * in the direction in which that pass went: momentum · (after − before) is added. Since the STFT is linear, this is what
 * the fast Griffin–Lim algorithm does to its spectra (Perraudin, Balazs and Søndergaard 2013); here phases come from the
 * flow, and a real gain of each band keeps what the mel does not tell.
 *
 * A comb may go before the last pass, which brings it back to the mel. It is given what that pass would start from, so that
 * without a voice nothing changes.
 *
 * Streaming as `MelProjection` is, each pass 3 hops behind the one before, and the comb as `PitchComb` is.
 */
export class MelProjectionChain {
  /** Samples that are held back until their last frame is complete, in all passes. */
  readonly latency: number
  private readonly passes: readonly Pass[]
  private readonly comb: Comb | undefined
  private readonly stages: readonly Stage[]
  private pushed = 0

  constructor(mel: MelConfig, { momentum, ...refinement }: Refinement & { momentum: number }) {
    this.latency = refinementLatency(mel, refinement)
    this.passes = Array.from({ length: refinement.passes }, () => new Pass(new MelProjection(mel), momentum))
    this.comb = refinement.comb ? new Comb(new PitchComb(mel)) : undefined
    const combs = this.comb === undefined ? [] : [this.comb]
    this.stages = [...this.passes.slice(0, -1), ...combs, ...this.passes.slice(-1)]
  }

  /** Log-mel frames that the waveform shall have; see `MelProjection.want`. */
  want(mel: Frames): void {
    for (const pass of this.passes) pass.want(mel)
  }

  /** See `MelProjection.allowDetail`. */
  allowDetail(shares: Float32Array): void {
    for (const pass of this.passes) pass.allowDetail(shares)
  }

  /** F0 that is spoken in the next frames; see `PitchComb.follow`. */
  follow(f0Hz: Float32Array): void {
    this.comb?.follow(f0Hz)
  }

  /**
   * Any number of samples → the samples that they complete.
   *
   * @throws GlowcastError NON_FINITE
   */
  push(samples: Float32Array): Float32Array {
    assertFinite(samples, this.pushed)
    this.pushed += samples.length
    return this.stages.reduce((step: Step, stage) => stage.push(step), still(samples)).after.slice()
  }

  /** Ends the signal after `last` samples more: all that was held back. The object is then as new. */
  flush(last: Float32Array = new Float32Array(0)): Float32Array {
    assertFinite(last, this.pushed)
    this.pushed = 0
    return this.stages.reduce((step: Step, stage) => stage.flush(step), still(last)).after.slice()
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

interface Stage {
  push(step: Step): Step
  flush(last: Step): Step
}

class Comb implements Stage {
  constructor(private readonly comb: PitchComb) {}

  follow(f0Hz: Float32Array): void {
    this.comb.follow(f0Hz)
  }

  push({ ahead }: Step): Step {
    return still(this.comb.push(ahead))
  }

  flush({ ahead }: Step): Step {
    return still(this.comb.flush(ahead))
  }
}

/** One pass, and its input held back for as long as the pass takes. What it gives is overwritten by the next call. */
class Pass implements Stage {
  private readonly held = new SampleWindow()
  private scratch = new Float32Array(0)

  constructor(
    private readonly projection: MelProjection,
    private readonly momentum: number,
  ) {}

  want(mel: Frames): void {
    this.projection.want(mel)
  }

  allowDetail(shares: Float32Array): void {
    this.projection.allowDetail(shares)
  }

  push({ after, ahead }: Step): Step {
    this.held.append(after)
    return this.step(this.projection.push(ahead))
  }

  flush(last: Step): Step {
    const pushed = this.push(last)
    const after = pushed.after.slice()
    const ahead = pushed.ahead.slice()
    const flushed = this.step(this.projection.flush())
    return { after: concatFloats([after, flushed.after]), ahead: concatFloats([ahead, flushed.ahead]) }
  }

  private step(after: Float32Array): Step {
    const { momentum } = this
    const before = this.held.samples
    const count = after.length
    if (this.scratch.length < count) this.scratch = new Float32Array(2 * count)
    const ahead = this.scratch.subarray(0, count)
    for (let n = 0; n < count; n++) ahead[n] = after[n]! + momentum * (after[n]! - before[n]!)
    this.held.drop(count)
    return { after, ahead }
  }
}
