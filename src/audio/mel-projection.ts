import { Framer } from './framer.js'
import type { Frames } from './frames.js'
import type { MelConfig } from './mel.js'
import { type ProjectionKernel, projectionKernel } from './projection-kernel.js'
import { hannWindow } from './stft.js'

/** Window energy below which a sample at the very end of a signal is not divided by it. */
export const minimumWeight = 1e-3

/**
 * Moves a waveform toward those whose log-mel is a given one: each STFT frame is multiplied by a real gain
 * over frequency (src/audio/mel-gains.ts), and the frames are added up again. Phases stay, and so does what lies above
 * the highest band. Samples beyond ± 1e6 count as such.
 *
 * One pass cannot reach the wanted mel, since each sample belongs to several frames; a strength above 1
 * overshoots to make up for it. Streaming: all pushes and the flush together give the same samples for any
 * chunking, 3 hops (`latency`) behind what was pushed.
 */
export class MelProjection {
  /** Samples that are held back until their last frame is complete. */
  readonly latency: number
  private readonly padding: number
  private readonly framer: Framer
  private readonly kernel: ProjectionKernel
  private readonly window: Float64Array
  /** Sum of the frames from the first unfinished sample on. */
  private readonly sum: Float32Array
  /** One over the window energy of a sample that lies in as many frames as there can be, by its place in a hop. */
  private readonly inverseWeight: Float32Array
  private wanted: Frames[] = []
  /** Rows of the first of `wanted` that are used up. */
  private used = 0
  private frame = 0
  private pushed = 0
  private finished = 0

  /** @param mel hop-centred; @param strength factor on the logarithm of every gain; 0 changes nothing */
  constructor(
    private readonly mel: MelConfig,
    private readonly strength = 1,
  ) {
    const { fftSize, winLength, hopLength, alignment } = mel
    this.latency = fftSize - hopLength
    this.padding = this.latency / 2
    this.framer = new Framer({ frameLength: fftSize, hopLength, alignment })
    this.kernel = projectionKernel(mel)
    this.window = hannWindow(winLength, fftSize)
    this.sum = new Float32Array(fftSize)
    const whole = Math.ceil(fftSize / hopLength)
    this.inverseWeight = Float32Array.from(
      { length: hopLength },
      (_, n) => 1 / this.weightAt(n + whole * hopLength, 2 * whole),
    )
  }

  /**
   * Log-mel frames that the waveform shall have, [frames, melBands]; the data are not copied. They must come
   * before the samples that complete them; a frame without any is left as it is.
   */
  want(mel: Frames): void {
    if (mel.frames > 0) this.wanted.push(mel)
  }

  /** Any number of samples → the samples that they complete. */
  push(samples: Float32Array): Float32Array {
    const done = new Float32Array(this.finishedAfter(this.framer.framesAfter(samples.length)))
    let written = 0
    this.pushed += samples.length
    this.framer.push(samples, (frame) => {
      written += this.project(frame, done.subarray(written))
    })
    return done
  }

  /** Ends the signal: the samples held back. The object is then as new. */
  flush(): Float32Array {
    const done = new Float32Array(this.pushed - this.finished)
    let written = 0
    this.framer.flush((frame) => {
      written += this.project(frame, done.subarray(written))
    })
    this.take(done.subarray(written), this.frame)
    this.sum.fill(0)
    this.wanted = []
    this.used = 0
    this.frame = 0
    this.pushed = 0
    this.finished = 0
    return done
  }

  /** Samples that so many more frames finish: those before the start of the frame that follows. */
  private finishedAfter(frames: number): number {
    return Math.max(this.finished, (this.frame + frames) * this.mel.hopLength - this.padding) - this.finished
  }

  /** Adds a frame, and writes the samples that it finishes. */
  private project(frame: Float32Array, target: Float32Array): number {
    const { kernel, sum } = this
    kernel.frame.set(frame)
    const wanted = this.nextWanted()
    if (wanted === undefined) this.windowTwice(kernel.frame)
    else {
      kernel.wanted.set(wanted)
      kernel.project(this.strength)
    }
    // What the first frames say of samples before the signal is mirrored.
    const offset = this.frame * this.mel.hopLength - this.padding - this.finished
    for (let n = Math.max(0, -offset); n < frame.length; n++) sum[offset + n]! += kernel.frame[n]!
    const count = this.finishedAfter(1)
    this.frame += 1
    this.take(target.subarray(0, count), Number.POSITIVE_INFINITY)
    return count
  }

  private windowTwice(frame: Float32Array): void {
    for (let n = 0; n < frame.length; n++) frame[n]! *= this.window[n]! ** 2
  }

  private nextWanted(): Float32Array | undefined {
    const mel = this.wanted[0]
    if (mel === undefined) return undefined
    const row = mel.data.subarray(this.used * mel.channels, (this.used + 1) * mel.channels)
    this.used += 1
    if (this.used === mel.frames) {
      this.wanted.shift()
      this.used = 0
    }
    return row
  }

  /** Takes the next samples from the sum; `frames` is their number in the signal, or infinite while it goes on. */
  private take(target: Float32Array, frames: number): void {
    const { sum, inverseWeight, finished } = this
    const { hopLength, fftSize } = this.mel
    const count = target.length
    if (finished < fftSize || frames !== Number.POSITIVE_INFINITY) {
      for (let n = 0; n < count; n++) {
        target[n] = sum[n]! / Math.max(this.weightAt(finished + n, frames), minimumWeight)
      }
    } else {
      let place = finished % hopLength
      for (let n = 0; n < count; n++) {
        target[n] = sum[n]! * inverseWeight[place]!
        place = place + 1 === hopLength ? 0 : place + 1
      }
    }
    sum.copyWithin(0, count).fill(0, sum.length - count)
    this.finished += count
  }

  /** Sum of the squared windows over a sample, in a signal of so many frames. */
  private weightAt(sample: number, frames: number): number {
    const { fftSize, hopLength } = this.mel
    const inFrameZero = sample + this.padding
    let weight = 0
    for (
      let frame = Math.max(0, Math.floor((inFrameZero - fftSize) / hopLength) + 1);
      frame < frames && frame * hopLength <= inFrameZero;
      frame++
    ) {
      weight += this.window[inFrameZero - frame * hopLength]! ** 2
    }
    return weight
  }
}
