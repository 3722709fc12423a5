import type { Frames } from '../audio/buffers/frames.js'
import { type MelConfig, melFilterBank } from '../audio/mel/mel.js'
import { RealFft } from '../audio/spectral/real-fft.js'
import { hannWindow } from '../audio/spectral/stft.js'
import { RandomStream } from '../numeric/random.js'
import { randomStreams } from '../numeric/random-streams.js'

const defaultIterations = 60
/** Perraudin, Balazs and Søndergaard 2013, "A fast Griffin-Lim algorithm": its best constant. */
const momentum = 0.99
const inversionIterations = 40

/**
 * The classical baseline: magnitudes that have the log-mel, and phases by the fast Griffin–Lim algorithm from a
 * random start.
 *
 * @param logMel [frames, melBands], hop-centred
 * @returns frames * hopLength samples
 */
export function griffinLim(
  logMel: Frames,
  mel: MelConfig,
  { iterations = defaultIterations, seed = 0 }: { iterations?: number; seed?: number } = {},
): Float32Array {
  const magnitudes = magnitudesFromMel(logMel, mel)
  const transform = new ShortTimeTransform(mel, logMel.frames)
  const random = new RandomStream(seed, randomStreams.ownSeed[0])
  const current = new Float64Array(transform.size)
  for (let i = 0; i < magnitudes.length; i++) {
    const angle = 2 * Math.PI * random.uniform()
    current[2 * i] = magnitudes[i]! * Math.cos(angle)
    current[2 * i + 1] = magnitudes[i]! * Math.sin(angle)
  }
  const previous = new Float64Array(transform.size)
  const consistent = new Float64Array(transform.size)
  for (let iteration = 0; iteration < iterations; iteration++) {
    transform.analyse(transform.synthesise(current), consistent)
    for (let i = 0; i < magnitudes.length; i++) {
      const re = consistent[2 * i]! + momentum * (consistent[2 * i]! - previous[2 * i]!)
      const im = consistent[2 * i + 1]! + momentum * (consistent[2 * i + 1]! - previous[2 * i + 1]!)
      const scale = magnitudes[i]! / Math.max(Math.hypot(re, im), 1e-12)
      current[2 * i] = scale * re
      current[2 * i + 1] = scale * im
    }
    previous.set(consistent)
  }
  const padding = (mel.fftSize - mel.hopLength) / 2
  const whole = transform.synthesise(current)
  return Float32Array.from(whole.subarray(padding, padding + logMel.frames * mel.hopLength))
}

/**
 * Nonnegative magnitudes [frames, bins] whose mel comes nearest, by multiplicative updates (Lee and Seung 2001).
 * Bins that no band sees are 0.
 */
function magnitudesFromMel(logMel: Frames, mel: MelConfig): Float64Array {
  const bins = mel.fftSize / 2 + 1
  const bank = melFilterBank(mel)
  const bands = Array.from({ length: mel.melBands }, (_, band) => {
    const row = bank.subarray(band * bins, (band + 1) * bins)
    const first = row.findIndex((weight) => weight > 0)
    return { first, weights: row.slice(first, row.findLastIndex((weight) => weight > 0) + 1) }
  })
  const all = new Float64Array(logMel.frames * bins)
  const wanted = new Float64Array(bins)
  const actual = new Float64Array(bins)
  for (let frame = 0; frame < logMel.frames; frame++) {
    const magnitudes = all.subarray(frame * bins, (frame + 1) * bins)
    const target = logMel.data.subarray(frame * mel.melBands, (frame + 1) * mel.melBands).map(Math.exp)
    wanted.fill(0)
    bands.forEach(({ first, weights }, band) => {
      weights.forEach((weight, i) => {
        wanted[first + i]! += weight * target[band]!
      })
    })
    magnitudes.set(wanted)
    for (let iteration = 0; iteration < inversionIterations; iteration++) {
      actual.fill(0)
      for (const { first, weights } of bands) {
        let sum = 0
        for (let i = 0; i < weights.length; i++) sum += weights[i]! * magnitudes[first + i]!
        for (let i = 0; i < weights.length; i++) actual[first + i]! += weights[i]! * sum
      }
      for (let bin = 0; bin < bins; bin++) magnitudes[bin]! *= wanted[bin]! / Math.max(actual[bin]!, 1e-12)
    }
  }
  return all
}

/** STFT of `frames` frames and its least-squares inverse (Griffin and Lim 1984, equation 6). */
class ShortTimeTransform {
  /** Length of a spectrogram: frames, bins, real and imaginary parts. */
  readonly size: number
  private readonly fft: RealFft
  private readonly window: Float64Array
  private readonly frame: Float64Array
  private readonly weight: Float64Array

  constructor(
    private readonly mel: MelConfig,
    private readonly frames: number,
  ) {
    const { fftSize, winLength, hopLength } = mel
    this.size = frames * (fftSize + 2)
    this.fft = new RealFft(fftSize)
    this.window = hannWindow(winLength, fftSize)
    this.frame = new Float64Array(fftSize)
    this.weight = new Float64Array(Math.max(0, frames - 1) * hopLength + fftSize)
    for (let t = 0; t < frames; t++) {
      for (let n = 0; n < fftSize; n++) this.weight[t * hopLength + n]! += this.window[n]! ** 2
    }
  }

  synthesise(spectrogram: Float64Array): Float64Array {
    const { fftSize, hopLength } = this.mel
    const waveform = new Float64Array(this.weight.length)
    for (let t = 0; t < this.frames; t++) {
      this.fft.inverse(spectrogram.subarray(t * (fftSize + 2), (t + 1) * (fftSize + 2)), this.frame)
      for (let n = 0; n < fftSize; n++) waveform[t * hopLength + n]! += this.frame[n]! * this.window[n]!
    }
    for (let n = 0; n < waveform.length; n++) waveform[n]! /= Math.max(this.weight[n]!, 1e-3)
    return waveform
  }

  analyse(waveform: Float64Array, spectrogram: Float64Array): void {
    const { fftSize, hopLength } = this.mel
    for (let t = 0; t < this.frames; t++) {
      for (let n = 0; n < fftSize; n++) this.frame[n] = waveform[t * hopLength + n]! * this.window[n]!
      this.fft.forward(this.frame, spectrogram.subarray(t * (fftSize + 2), (t + 1) * (fftSize + 2)))
    }
  }
}
