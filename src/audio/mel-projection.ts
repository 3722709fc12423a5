import { Framer } from './framer.js'
import type { Frames } from './frames.js'
import { type MelConfig, melFilterBank, melRowWriter } from './mel.js'
import { RealFft } from './real-fft.js'
import { hannWindow, type RowWriter } from './stft.js'

/** A band is raised or lowered by at most this in one pass, in nats of amplitude, before the strength. */
export const maximumGain = 2

/** Window energy below which a sample at the very end of a signal is not divided by it. */
export const minimumWeight = 1e-3

/**
 * Moves a waveform toward those whose log-mel is a given one: each STFT frame is multiplied by a real gain
 * over frequency, the ratio of the wanted to the actual mel band, and the frames are added up again. Phases
 * stay, and so does what lies above the highest band.
 *
 * One pass cannot reach the wanted mel, since each sample belongs to several frames; a strength above 1
 * overshoots to make up for it. Streaming: all pushes and the flush together give the same samples for any
 * chunking, 3 hops (`latency`) behind what was pushed.
 */
export class MelProjection {
  /** Samples that are held back until their last frame is complete. */
  readonly latency: number
  private readonly framer: Framer
  private readonly fft: RealFft
  private readonly writeLogMel: RowWriter
  private readonly writeGains: (bandGains: Float32Array, gains: Float64Array) => void
  private readonly window: Float64Array
  private readonly energy: Float64Array
  private readonly input: Float64Array
  private readonly spectrum: Float64Array
  private readonly output: Float64Array
  private readonly magnitudes: Float64Array
  private readonly row: Float32Array
  private readonly gains: Float64Array
  /** Sum of the frames from sample `origin` on, and the window energy that each sample has got. */
  private readonly sum: Float64Array
  private readonly weight: Float64Array
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
    this.framer = new Framer({ frameLength: fftSize, hopLength, alignment })
    this.fft = new RealFft(fftSize)
    this.writeLogMel = melRowWriter(mel)
    this.writeGains = gainWriter(mel)
    this.window = hannWindow(winLength, fftSize)
    this.energy = this.window.map((value) => value * value)
    this.input = new Float64Array(fftSize)
    this.spectrum = new Float64Array(fftSize + 2)
    this.output = new Float64Array(fftSize)
    this.magnitudes = new Float64Array(fftSize / 2 + 1)
    this.row = new Float32Array(mel.melBands)
    this.gains = new Float64Array(fftSize / 2 + 1)
    this.sum = new Float64Array(fftSize)
    this.weight = new Float64Array(fftSize)
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
    const done: Float32Array[] = []
    this.pushed += samples.length
    this.framer.push(samples, (frame) => done.push(this.project(frame)))
    return concatenated(done)
  }

  /** Ends the signal: the samples held back. The object is then as new. */
  flush(): Float32Array {
    const done: Float32Array[] = []
    this.framer.flush((frame) => done.push(this.project(frame)))
    if (this.pushed > this.finished) done.push(this.take(this.pushed - this.finished))
    this.sum.fill(0)
    this.weight.fill(0)
    this.wanted = []
    this.used = 0
    this.frame = 0
    this.pushed = 0
    this.finished = 0
    return concatenated(done)
  }

  private project(frame: Float32Array): Float32Array {
    const { input, output, window, energy, sum, weight } = this
    const length = frame.length
    for (let n = 0; n < length; n++) input[n] = frame[n]! * window[n]!
    this.fft.forward(input, this.spectrum)
    this.applyGains(this.nextWanted())
    this.fft.inverse(this.spectrum, output)
    const start = this.frame * this.mel.hopLength - (this.mel.fftSize - this.mel.hopLength) / 2
    this.frame += 1
    // What the first frames say of samples before the signal is mirrored.
    const offset = start - this.finished
    for (let n = Math.max(0, -offset); n < length; n++) {
      sum[offset + n] = sum[offset + n]! + output[n]! * window[n]!
      weight[offset + n] = weight[offset + n]! + energy[n]!
    }
    return this.take(Math.max(0, offset + this.mel.hopLength))
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

  private applyGains(wanted: Float32Array | undefined): void {
    if (wanted === undefined) return
    const { spectrum, magnitudes, gains, row, strength } = this
    const bins = magnitudes.length
    for (let k = 0; k < bins; k++) {
      const re = spectrum[2 * k]!
      const im = spectrum[2 * k + 1]!
      magnitudes[k] = Math.sqrt(re * re + im * im)
    }
    this.writeLogMel(magnitudes, row)
    for (let band = 0; band < row.length; band++) {
      const ratio = Math.min(maximumGain, Math.max(-maximumGain, wanted[band]! - row[band]!))
      row[band] = Math.exp(strength * ratio)
    }
    this.writeGains(row, gains)
    for (let k = 0; k < bins; k++) {
      const gain = gains[k]!
      spectrum[2 * k] = spectrum[2 * k]! * gain
      spectrum[2 * k + 1] = spectrum[2 * k + 1]! * gain
    }
  }

  private take(count: number): Float32Array {
    const { sum, weight } = this
    const samples = new Float32Array(count)
    for (let n = 0; n < count; n++) samples[n] = sum[n]! / Math.max(weight[n]!, minimumWeight)
    sum.copyWithin(0, count).fill(0, sum.length - count)
    weight.copyWithin(0, count).fill(0, weight.length - count)
    this.finished += count
    return samples
  }
}

/**
 * The gain of a bin is the mean of those of the one or two bands that see it, weighted by their triangles: its
 * first band (−1: none, the gain is 1) and the share that the next one has.
 */
export function bandGainShares(mel: MelConfig): { first: Int32Array; share: Float64Array } {
  const bank = melFilterBank(mel)
  const bins = mel.fftSize / 2 + 1
  const first = new Int32Array(bins).fill(-1)
  const share = new Float64Array(bins)
  for (let bin = 0; bin < bins; bin++) {
    for (let band = mel.melBands - 1; band >= 0; band--) {
      const weight = bank[band * bins + bin]!
      if (weight === 0) continue
      const next = first[bin] === band + 1 ? bank[(band + 1) * bins + bin]! : 0
      first[bin] = band
      share[bin] = next / (weight + next)
    }
  }
  return { first, share }
}

function gainWriter(mel: MelConfig): (bandGains: Float32Array, gains: Float64Array) => void {
  const { first, share } = bandGainShares(mel)
  return (bandGains, gains) => {
    for (let bin = 0; bin < gains.length; bin++) {
      const band = first[bin]!
      const low = bandGains[band] ?? 1
      gains[bin] = low + share[bin]! * ((bandGains[band + 1] ?? low) - low)
    }
  }
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
