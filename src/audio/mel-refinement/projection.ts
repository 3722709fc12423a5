import type { Frames } from '../buffers/frames.js'
import { SampleWindow } from '../buffers/sample-window.js'
import type { MelConfig } from '../mel/mel.js'
import { hannWindow } from '../spectral/stft.js'
import { type ProjectionKernel, projectionKernel } from './kernel.js'

/** Window energy below which a sample at the very end of a signal is not divided by it. */
export const minimumWeight = 1e-3

/** Samples that a `MelProjection` is behind. */
export function projectionLatency({ fftSize, hopLength }: MelConfig): number {
  return fftSize - hopLength
}

/**
 * Moves a waveform toward those whose log-mel is a given one: each STFT frame is multiplied by a real gain
 * over frequency (src/audio/mel-refinement/gains.ts), and the frames are added up again. Phases stay, and so does what lies above
 * the highest band. Samples beyond ± 1e6 count as such.
 *
 * One pass cannot reach the wanted mel, since each sample belongs to several frames; a strength above 1
 * overshoots to make up for it. Streaming: all pushes and the flush together give the same samples for any
 * chunking, 3 hops (`latency`) behind what was pushed. The ends are reflected, as those of the mel's frames are.
 */
export class MelProjection {
  /** Samples that are held back until their last frame is complete. */
  readonly latency: number
  private readonly padding: number
  private readonly kernel: ProjectionKernel
  private readonly window: Float64Array
  /** One over the window energy of a sample that lies in as many frames as there can be, by its place in a hop. */
  private readonly inverseWeight: Float32Array
  /** The next frames' samples from the start of the first on, the reflected start included. */
  private readonly held = new SampleWindow()
  /** Sum of the frames so far at the start of the next. */
  private readonly sum: Float32Array
  private result = new Float32Array(0)
  private wanted: Frames[] = []
  /** Rows of the first of `wanted` that are used up. */
  private used = 0
  private frame = 0
  private pushed = 0

  /** Shares of detail that were given for the next frames. */
  private readonly details = new SampleWindow()

  /**
   * @param mel hop-centred
   * @param strength factor on the logarithm of every gain
   */
  constructor(
    private readonly mel: MelConfig,
    private readonly strength = 1,
  ) {
    const { fftSize, winLength, hopLength } = mel
    this.latency = projectionLatency(mel)
    this.padding = this.latency / 2
    this.kernel = projectionKernel(mel)
    this.window = hannWindow(winLength, fftSize)
    this.sum = new Float32Array(this.latency)
    const inside = fftSize - (fftSize % hopLength) + hopLength
    this.inverseWeight = Float32Array.from(
      { length: hopLength },
      (_, n) => 1 / this.weightAt(inside + n, Number.POSITIVE_INFINITY),
    )
  }

  /**
   * Log-mel frames that the waveform shall have, [frames, melBands]; the data are not copied. They must come
   * before the samples that complete them; a frame without any is left as it is.
   */
  want(mel: Frames): void {
    if (mel.frames > 0) this.wanted.push(mel)
  }

  /**
   * How much of the wanted mel's detail the next frames follow, each from 0 (the envelope alone: a voice at another
   * pitch than the mel's keeps its harmonics) to 1 (all of it, as do frames for which nothing is said).
   */
  allowDetail(shares: Float32Array): void {
    this.details.append(shares)
  }

  /** Any number of finite samples → the samples that they complete, until the next call. */
  push(samples: Float32Array): Float32Array {
    const started = this.pushed > this.padding
    this.held.append(samples)
    this.pushed += samples.length
    if (this.pushed <= this.padding) return this.result.subarray(0, 0)
    if (!started) this.reflectStart()
    const { fftSize, hopLength } = this.mel
    const frames = Math.max(0, Math.floor((this.held.length - fftSize) / hopLength) + 1)
    return this.run(frames)
  }

  /** Ends the signal: the samples held back. The object is then as new. */
  flush(): Float32Array {
    const { hopLength } = this.mel
    const total = this.pushed
    const done = Math.max(0, this.frame * hopLength - this.padding)
    const result = new Float32Array(total - done)
    if (total <= this.padding) this.reflectStart()
    this.reflectEnd()
    const finished = this.run(Math.floor(total / hopLength) - this.frame)
    result.set(finished)
    const rest = result.subarray(finished.length)
    const start = done + finished.length + this.padding
    const offset = start - this.frame * hopLength
    for (let n = 0; n < rest.length; n++) {
      const weight = this.weightAt(start + n, this.frame)
      rest[n] = this.sum[offset + n]! / Math.max(weight, minimumWeight)
    }
    this.sum.fill(0)
    this.wanted = []
    this.used = 0
    this.details.drop(this.details.length)
    this.held.drop(this.held.length)
    this.frame = 0
    this.pushed = 0
    return result
  }

  /** Puts what the start reflects before it. */
  private reflectStart(): void {
    const start = this.held.samples.slice()
    this.held.drop(start.length)
    this.held.append(Float32Array.from({ length: this.padding }, (_, n) => start[this.padding - n] ?? 0))
    this.held.append(start)
  }

  private reflectEnd(): void {
    const end = this.held.samples
    const before = (n: number) => end[end.length - 2 - n] ?? 0
    this.held.append(Float32Array.from({ length: this.padding }, (_, n) => before(n)))
  }

  /** The samples that the next frames finish. */
  private run(frames: number): Float32Array {
    const { hopLength, fftSize } = this.mel
    const { input, output, maxFrames } = this.kernel
    const held = this.held.samples
    const skipped = Math.max(0, this.padding - this.frame * hopLength)
    const length = Math.max(0, frames * hopLength - skipped)
    if (this.result.length < length) this.result = new Float32Array(2 * length)
    const result = this.result.subarray(0, length)
    let from = 0
    while (from < frames) {
      const block = Math.min(maxFrames, frames - from)
      const start = from * hopLength
      const samples = fftSize + (block - 1) * hopLength
      input.set(held.subarray(start, start + samples))
      output.set(this.sum)
      output.fill(0, this.sum.length, samples)
      this.project(block)
      this.sum.set(output.subarray(block * hopLength, samples))
      this.divide(output.subarray(0, block * hopLength))
      const unwanted = Math.max(0, skipped - start)
      result.set(output.subarray(unwanted, block * hopLength), start + unwanted - skipped)
      from += block
      this.frame += block
    }
    this.held.drop(frames * hopLength)
    return result
  }

  /** Fills the kernel's `wanted`, and calls it. */
  private project(frames: number): void {
    const { melBands } = this.mel
    let rows = 0
    while (rows < frames && this.wanted.length > 0) {
      const { data, frames: there } = this.wanted[0]!
      const taken = Math.min(frames - rows, there - this.used)
      const row = this.used * melBands
      this.kernel.wanted.set(data.subarray(row, row + taken * melBands), rows * melBands)
      rows += taken
      this.used += taken
      if (this.used < there) continue
      this.wanted.shift()
      this.used = 0
    }
    const said = Math.min(rows, this.details.length)
    this.kernel.details.fill(1, 0, frames)
    this.kernel.details.set(this.details.samples.subarray(0, said))
    this.details.drop(said)
    this.kernel.project(frames, rows, this.strength)
  }

  /** Divides sums of whole hops, the first of which is that of the next frame, by the windows' energy. */
  private divide(sums: Float32Array): void {
    const { hopLength } = this.mel
    const start = this.frame * hopLength
    for (let from = 0; from < sums.length; from += hopLength) {
      if (start + from < this.latency) {
        for (let n = 0; n < hopLength; n++) {
          sums[from + n]! /= this.weightAt(start + from + n, Number.POSITIVE_INFINITY)
        }
      } else for (let n = 0; n < hopLength; n++) sums[from + n]! *= this.inverseWeight[n]!
    }
  }

  /**
   * Sum of the squared windows over a sample, in a signal of so many frames.
   *
   * @param sample from the start of the first frame on
   */
  private weightAt(sample: number, frames: number): number {
    const { fftSize, hopLength } = this.mel
    let weight = 0
    for (
      let frame = Math.max(0, Math.floor((sample - fftSize) / hopLength) + 1);
      frame < frames && frame * hopLength <= sample;
      frame++
    ) {
      weight += this.window[sample - frame * hopLength]! ** 2
    }
    return weight
  }
}
