import type { Frames } from '../../audio/buffers/frames.js'
import { bankRows } from '../../audio/mel/conventions/analyse.js'
import { target, targetFloor } from '../../audio/mel/conventions/conversion.js'
import type { MelDescription } from '../../audio/mel/conventions/description.js'
import { FrameInterpolator } from '../../audio/mel/conventions/frame-times.js'
import { MixedRadixFft } from '../../audio/spectral/mixed-radix-fft.js'
import { hannWindow } from '../../audio/spectral/stft.js'
import { concatFloats } from '../../numeric/concat-floats.js'
import { pulseTrain, voicedHz } from './pulse-train.js'

/** The analysis that the model's spectra belong to; its FFT is no power of two, so that no mel of it can be given. */
const analysis: MelDescription = {
  ...target,
  sampleRate: 24_000,
  fftSize: 1200,
  winLength: 1200,
  hopLength: 300,
  alignment: 'sample-centred',
}
const { sampleRate, fftSize, hopLength, melBands } = analysis

/** What the model predicts, each [601, frames]: natural logarithms of magnitudes, and F0. */
export interface HibariSpectrum {
  /** Of the filter that the pulses pass. */
  readonly harmonic: Float32Array
  readonly noise: Float32Array
  /** Of the part whose phase is predicted. */
  readonly free: Float32Array
  /** Hz, [frames] */
  readonly f0Hz: Float32Array
}

const bank = bankRows(analysis)
/** Up to the last that a band has. */
const bins = Math.ceil((analysis.fMax * fftSize) / sampleRate) + 1

/** The network was trained with magnitudes that end here. */
const mostLog = 7
/** Of a window of half the overlap: a cosine of amplitude 1 has magnitude 1. */
const pulseGain = 4 / fftSize
/** Sums of windows and widths of bins: what a spectrum's magnitudes become in the other analysis. */
const gain = (target.winLength / fftSize) * (sampleRate / fftSize / (target.sampleRate / target.fftSize))

/**
 * Mel frames of `nvidia-22k`: the energies of the three parts add up, as their phases are independent, the bands sum their
 * root, and frames are interpolated to 11.6 ms.
 *
 * @returns [frames, 80], and F0 in Hz of each of them, 0 where unvoiced
 */
export function melOfSpectrum(spectrum: HibariSpectrum): { mel: Frames; f0Hz: Float32Array } {
  const frames = spectrum.f0Hz.length
  const logs = new Float32Array(frames * melBands)
  const pulses = pulseMagnitudes(spectrum.f0Hz)
  for (let frame = 0; frame < frames; frame++) {
    const magnitudes = magnitudesAt(spectrum, frame, pulses[frame]!)
    for (const [band, { first, weights }] of bank.entries()) {
      let sum = 0
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * magnitudes[first + i]!
      logs[frame * melBands + band] = Math.max(targetFloor, Math.log(gain * sum))
    }
  }
  const mel = atTimesOfTarget({ data: logs, frames, channels: melBands })
  return { mel, f0Hz: f0At(spectrum.f0Hz, mel.frames) }
}

function magnitudesAt(spectrum: HibariSpectrum, frame: number, pulses: Float64Array): Float64Array {
  const { harmonic, noise, free, f0Hz } = spectrum
  const frames = f0Hz.length
  return pulses.map((pulse, bin) => {
    const at = bin * frames + frame
    const voiced = pulse * Math.exp(Math.min(mostLog, harmonic[at]!))
    const energies = Math.exp(2 * Math.min(mostLog, noise[at]!)) + Math.exp(2 * Math.min(mostLog, free[at]!))
    return Math.sqrt(voiced * voiced + energies)
  })
}

/** Of the pulse train, [bins] a frame. */
function pulseMagnitudes(f0Hz: Float32Array): Float64Array[] {
  const pulses = pulseTrain(f0Hz, hopLength, sampleRate)
  const window = hannWindow(fftSize)
  const fft = new MixedRadixFft(fftSize)
  const re = new Float64Array(fftSize)
  const im = new Float64Array(fftSize)
  const windowed = (frame: number, into: Float64Array) => {
    for (let n = 0; n < fftSize; n++) {
      const at = mirrored(frame * hopLength - fftSize / 2 + n, pulses.length)
      into[n] = pulseGain * window[n]! * (pulses[at] ?? 0)
    }
  }
  return Array.from(f0Hz).flatMap((_, frame) => {
    if (frame % 2 === 1) return []
    // Two frames are the real and the imaginary part of one transform.
    windowed(frame, re)
    windowed(frame + 1, im)
    fft.forward(re, im)
    const first = new Float64Array(bins)
    const second = new Float64Array(bins)
    for (let k = 0; k < bins; k++) {
      const opposite = (fftSize - k) % fftSize
      first[k] = magnitude(re[k]! + re[opposite]!, im[k]! - im[opposite]!) / 2
      second[k] = magnitude(im[k]! + im[opposite]!, re[opposite]! - re[k]!) / 2
    }
    return frame + 1 < f0Hz.length ? [first, second] : [first]
  })
}

function magnitude(re: number, im: number): number {
  return Math.sqrt(re * re + im * im)
}

function mirrored(index: number, length: number): number {
  const positive = Math.abs(index)
  return positive < length ? positive : 2 * (length - 1) - positive
}

function atTimesOfTarget(mel: Frames): Frames {
  const times = new FrameInterpolator(analysis, target)
  const [first, last] = [times.push(mel), times.flush(mel.channels)]
  return {
    data: concatFloats([first.data, last.data]),
    frames: first.frames + last.frames,
    channels: mel.channels,
  }
}

/** Between two voiced frames in a straight line; else that of the nearer. */
function f0At(f0Hz: Float32Array, frames: number): Float32Array {
  const perFrame = (target.hopLength * sampleRate) / (target.sampleRate * hopLength)
  const last = f0Hz.length - 1
  return Float32Array.from({ length: frames }, (_, frame) => {
    const at = Math.min(last, (frame + 0.5) * perFrame)
    const before = f0Hz[Math.floor(at)]!
    const after = f0Hz[Math.min(last, Math.floor(at) + 1)]!
    const share = at % 1
    if (before > voicedHz && after > voicedHz) return (1 - share) * before + share * after
    const nearer = share < 0.5 ? before : after
    return nearer > voicedHz ? nearer : 0
  })
}
