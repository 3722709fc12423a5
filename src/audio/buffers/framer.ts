import { assertFinite } from './finite.js'
import { SampleWindow } from './sample-window.js'

/**
 * Where frame t of a waveform of n samples lies:
 * - `hop-centred`: its middle is the middle of hop t, sample (t + ½)·hopLength; floor(n / hopLength) frames
 *   (as Tacotron 2, WaveGlow and HiFi-GAN vocoders: frame t tells of the samples that it makes).
 * - `sample-centred`: its middle is sample t·hopLength; 1 + floor(n / hopLength) frames (librosa `center=True`).
 *
 * Samples before the first and after the last are reflected, without repeating the edge; beyond what one
 * reflection of a short waveform reaches they are zero. A waveform without samples has no frames.
 */
export type Alignment = 'hop-centred' | 'sample-centred'

export interface FramerConfig {
  /** samples in a frame; even */
  readonly frameLength: number
  readonly hopLength: number
  readonly alignment: Alignment
}

/** Samples taken in at once: bounds memory, whatever the length of a chunk. */
const BLOCK = 4096

/** Cuts a stream into overlapping frames, in bounded memory, independent of how the stream is cut into chunks. */
export class Framer {
  private readonly padding: number
  private readonly frame: Float32Array
  private readonly mirrored: Float32Array
  private window = new SampleWindow()
  private index = 0

  constructor(private readonly config: FramerConfig) {
    const { frameLength, hopLength, alignment } = config
    this.padding = (alignment === 'hop-centred' ? frameLength - hopLength : frameLength) / 2
    this.frame = new Float32Array(frameLength)
    this.mirrored = new Float32Array(frameLength)
  }

  /** How many frames pushing `samples` more samples will give. */
  framesAfter(samples: number): number {
    return this.ready(this.window.end + samples) - this.index
  }

  /** How many frames `flush` will give. */
  framesAtEnd(): number {
    const { hopLength, alignment } = this.config
    if (this.window.end === 0) return 0
    return Math.floor(this.window.end / hopLength) + (alignment === 'sample-centred' ? 1 : 0) - this.index
  }

  /**
   * Calls `onFrame` with each frame that the chunk completes; the array is reused for the next frame.
   *
   * @throws GlowcastError NON_FINITE
   */
  push(chunk: Float32Array, onFrame: (frame: Float32Array) => void): void {
    for (let from = 0; from < chunk.length; from += BLOCK) {
      const block = chunk.subarray(from, from + BLOCK)
      assertFinite(block, this.window.end)
      this.window.append(block)
      for (let left = this.framesAfter(0); left > 0; left--) this.next(onFrame)
    }
  }

  /** Ends the signal: calls `onFrame` with the frames that reach beyond its end. The framer is then as new. */
  flush(onFrame: (frame: Float32Array) => void): void {
    for (let left = this.framesAtEnd(); left > 0; left--) this.next(onFrame)
    this.window = new SampleWindow()
    this.index = 0
  }

  /** Frames that the first `end` samples determine: the first ones also wait for what their start mirrors. */
  private ready(end: number): number {
    const { frameLength, hopLength } = this.config
    if (end <= this.padding) return 0
    return Math.max(0, Math.floor((end + this.padding - frameLength) / hopLength) + 1)
  }

  private next(onFrame: (frame: Float32Array) => void): void {
    const { frameLength, hopLength } = this.config
    const start = this.index++ * hopLength - this.padding
    const { end } = this.window
    this.window.read(start, this.frame)
    if (start < 0) {
      const before = this.mirrored.subarray(0, -start)
      this.window.read(1, before)
      this.frame.set(before.reverse())
    }
    const beyond = start + frameLength - end
    if (beyond > 0) {
      const after = this.mirrored.subarray(0, beyond)
      this.window.read(end - 1 - beyond, after)
      this.frame.set(after.reverse(), frameLength - beyond)
    }
    onFrame(this.frame)
    // The end of the signal may yet have to mirror up to half a frame and one sample.
    this.window.forgetBefore(start + hopLength - 1)
  }
}
