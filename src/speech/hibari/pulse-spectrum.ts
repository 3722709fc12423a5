import { MixedRadixFft } from '../../audio/spectral/mixed-radix-fft.js'
import { hannWindow } from '../../audio/spectral/stft.js'
import { PulseTrain } from './pulse-train.js'

interface PulseAnalysis {
  readonly sampleRate: number
  readonly fftSize: number
  readonly hopLength: number
  /** Lowest bins that are wanted. */
  readonly bins: number
  /** Frames of a block; even. */
  readonly frames: number
}

/** Energies of the pulse train of an F0, a block of frames at a time. */
export class PulseSpectrum {
  private readonly pulses: PulseTrain
  private readonly window: Float32Array
  private readonly fft: MixedRadixFft
  private readonly re: Float64Array
  private readonly im: Float64Array
  private readonly energies: Float64Array

  constructor(
    private readonly analysis: PulseAnalysis,
    private readonly f0Hz: Float32Array,
  ) {
    const { sampleRate, hopLength, fftSize, bins, frames } = analysis
    this.pulses = new PulseTrain(f0Hz, hopLength, sampleRate)
    // Of a window of half the overlap: a cosine of amplitude 1 has magnitude 1.
    this.window = Float32Array.from(hannWindow(fftSize), (value) => (4 / fftSize) * value)
    this.fft = new MixedRadixFft(fftSize, frames / 2)
    this.re = new Float64Array((fftSize * frames) / 2)
    this.im = new Float64Array((fftSize * frames) / 2)
    this.energies = new Float64Array(bins * frames)
  }

  /**
   * Of the frames from `start` on; blocks must follow one another.
   *
   * @returns [bins, frames], until the next call; undefined where all are silent
   */
  block(start: number): Float64Array | undefined {
    const { fftSize, hopLength, frames } = this.analysis
    this.pulses.makeUntil((start + frames - 1) * hopLength + fftSize)
    if (!this.hasSound(start)) return undefined
    const pairs = frames / 2
    for (let pair = 0; pair < pairs; pair++) {
      // Two frames are the real and the imaginary part of one transform.
      this.frameInto(this.re, start + 2 * pair, pair)
      this.frameInto(this.im, start + 2 * pair + 1, pair)
    }
    this.fft.forward(this.re, this.im)
    this.separate(pairs)
    return this.energies
  }

  private hasSound(start: number): boolean {
    const { fftSize, hopLength, frames } = this.analysis
    const from = Math.max(0, start * hopLength - fftSize)
    const to = (start + frames) * hopLength + fftSize
    return this.pulses.samples.subarray(from, to).some((sample) => sample !== 0)
  }

  /** The windowed samples around a frame; beyond the ends the pulses are mirrored, beyond the last frame is silence. */
  private frameInto(target: Float64Array, frame: number, pair: number): void {
    const { fftSize, hopLength, frames } = this.analysis
    const { window } = this
    const { samples } = this.pulses
    const pairs = frames / 2
    const first = frame * hopLength - fftSize / 2
    const isInside = first >= 0 && first + fftSize <= samples.length
    for (let n = 0; n < fftSize; n++) {
      const sample = isInside ? samples[first + n]! : mirroredSample(samples, first + n)
      target[n * pairs + pair] = frame < this.f0Hz.length ? window[n]! * sample : 0
    }
  }

  private separate(pairs: number): void {
    const { fftSize, bins } = this.analysis
    const { re, im, energies } = this
    for (let k = 0; k < bins; k++) {
      const opposite = (k === 0 ? 0 : fftSize - k) * pairs
      for (let pair = 0; pair < pairs; pair++) {
        const [at, mirror] = [k * pairs + pair, opposite + pair]
        const evenRe = re[at]! + re[mirror]!
        const evenIm = im[at]! - im[mirror]!
        const oddRe = im[at]! + im[mirror]!
        const oddIm = re[mirror]! - re[at]!
        energies[2 * at] = (evenRe * evenRe + evenIm * evenIm) / 4
        energies[2 * at + 1] = (oddRe * oddRe + oddIm * oddIm) / 4
      }
    }
  }
}

function mirroredSample(samples: Float32Array, index: number): number {
  const positive = Math.abs(index)
  const at = positive < samples.length ? positive : 2 * (samples.length - 1) - positive
  return samples[at] ?? 0
}
