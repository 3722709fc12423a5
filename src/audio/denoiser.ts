import { shapeMismatch } from '../errors.js'
import { concatFloats } from '../numeric/concat-floats.js'
import { Framer } from './buffers/framer.js'
import { RealFft } from './spectral/real-fft.js'
import { hannWindow, stft } from './spectral/stft.js'

interface DenoiserFrames {
  readonly fftSize: number
  readonly hopLength: number
}

/**
 * Takes a model's bias out of its audio, as NVIDIA's WaveGlow does (its denoiser.py): from the magnitude of each
 * STFT frame a share of the bias spectrum is subtracted, down to zero; phases stay. The bias spectrum is that
 * of what the model says without noise to a mel of zeros: its own hum.
 *
 * Periodic Hann windows both ways, frames centred at multiples of the hop. Streaming: all pushes and the flush
 * together give the same samples for any chunking, as many as were pushed.
 */
export class Denoiser {
  private readonly framer: Framer
  private readonly fft: RealFft
  private readonly window: Float64Array
  private readonly input: Float64Array
  private readonly spectrum: Float64Array
  private readonly output: Float64Array
  /** Sums of windowed frames and of squared windows, from the first sample that is not finished on. */
  private readonly sum: Float64Array
  private readonly weight: Float64Array
  private frame = 0
  private pushed = 0
  private finished = 0

  /**
   * @param bias magnitudes [fftSize / 2 + 1], see `biasOf`
   * @param strength share of them that is subtracted
   * @throws GlowcastError SHAPE_MISMATCH
   */
  constructor(
    private readonly config: DenoiserFrames,
    private readonly bias: Float64Array,
    private readonly strength: number,
  ) {
    const { fftSize, hopLength } = config
    if (bias.length !== fftSize / 2 + 1) {
      throw shapeMismatch('bias', `${bias.length} bins`, `${fftSize / 2 + 1}`)
    }
    this.framer = new Framer({ frameLength: fftSize, hopLength, alignment: 'sample-centred' })
    this.fft = new RealFft(fftSize)
    this.window = hannWindow(fftSize)
    this.input = new Float64Array(fftSize)
    this.spectrum = new Float64Array(fftSize + 2)
    this.output = new Float64Array(fftSize)
    this.sum = new Float64Array(fftSize)
    this.weight = new Float64Array(fftSize)
  }

  /** Magnitudes [fftSize / 2 + 1] of the first STFT frame of a model's answer to a mel of zeros. */
  static biasOf(waveform: Float32Array, { fftSize, hopLength }: DenoiserFrames): Float64Array {
    const frames = stft(waveform, { fftSize, winLength: fftSize, hopLength, alignment: 'sample-centred' })
    return Float64Array.from(frames.data.subarray(0, frames.channels))
  }

  /** Any number of samples → the samples that they complete. */
  push(samples: Float32Array): Float32Array {
    this.pushed += samples.length
    const parts: Float32Array[] = []
    this.framer.push(samples, (frame) => parts.push(this.add(frame)))
    return concatFloats(parts)
  }

  /** Ends the signal: the samples held back. The object is then as new. */
  flush(): Float32Array {
    const parts: Float32Array[] = []
    this.framer.flush((frame) => parts.push(this.add(frame)))
    parts.push(this.take(this.pushed - this.finished))
    this.sum.fill(0)
    this.weight.fill(0)
    this.frame = 0
    this.pushed = 0
    this.finished = 0
    return concatFloats(parts)
  }

  /** Adds a frame; returns the samples before the start of the next one, which no later frame touches. */
  private add(frame: Float32Array): Float32Array {
    const { input, output, window, sum, weight } = this
    const { fftSize, hopLength } = this.config
    for (let n = 0; n < fftSize; n++) input[n] = frame[n]! * window[n]!
    this.fft.forward(input, this.spectrum)
    this.subtract()
    this.fft.inverse(this.spectrum, output)
    const start = this.frame * hopLength - fftSize / 2
    const offset = start - this.finished
    for (let n = Math.max(0, -offset); n < fftSize; n++) {
      sum[offset + n] = sum[offset + n]! + output[n]! * window[n]!
      weight[offset + n] = weight[offset + n]! + window[n]! * window[n]!
    }
    this.frame += 1
    return this.take(Math.max(0, Math.min(start + hopLength, this.pushed) - this.finished))
  }

  private subtract(): void {
    const { spectrum, bias, strength } = this
    for (let bin = 0; bin < bias.length; bin++) {
      const magnitude = Math.hypot(spectrum[2 * bin]!, spectrum[2 * bin + 1]!)
      const gain = magnitude === 0 ? 0 : Math.max(0, 1 - (strength * bias[bin]!) / magnitude)
      spectrum[2 * bin] = gain * spectrum[2 * bin]!
      spectrum[2 * bin + 1] = gain * spectrum[2 * bin + 1]!
    }
  }

  private take(count: number): Float32Array {
    const { sum, weight } = this
    const samples = Float32Array.from({ length: count }, (_, n) =>
      weight[n]! > 0 ? sum[n]! / weight[n]! : 0,
    )
    for (const array of [sum, weight]) array.copyWithin(0, count).fill(0, array.length - count)
    this.finished += count
    return samples
  }
}
