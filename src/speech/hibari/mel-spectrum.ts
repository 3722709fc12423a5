import type { Frames } from '../../audio/buffers/frames.js'
import { bankRows } from '../../audio/mel/conventions/analyse.js'
import { target, targetFloor } from '../../audio/mel/conventions/conversion.js'
import type { MelDescription } from '../../audio/mel/conventions/description.js'
import { FrameInterpolator } from '../../audio/mel/conventions/frame-times.js'
import { concatFloats } from '../../numeric/concat-floats.js'
import { PulseSpectrum } from './pulse-spectrum.js'
import { voicedHz } from './pulse-train.js'

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
/** Frames that are converted at a time, 0.4 s: little to wait for, and long inner loops. */
const blockFrames = 32

/** The network was trained with magnitudes that end here. */
const maxLog = 7
/** Sums of windows and widths of bins: what a spectrum's magnitudes become in the other analysis. */
const gain = (target.winLength / fftSize) * (sampleRate / fftSize / (target.sampleRate / target.fftSize))

/**
 * Mel frames of `nvidia-22k`, a block at a time: the energies of the three parts add up, as their phases are independent, the
 * bands sum their root, and frames are interpolated to 11.6 ms.
 *
 * @returns [frames, 80], and F0 in Hz of each of them, 0 where unvoiced
 */
export function* melOfSpectrum(spectrum: HibariSpectrum): Generator<{ mel: Frames; f0Hz: Float32Array }> {
  const { f0Hz } = spectrum
  const pulses = new PulseSpectrum({ sampleRate, fftSize, hopLength, bins, frames: blockFrames }, f0Hz)
  const times = new FrameInterpolator(analysis, target)
  const magnitudes = new Float64Array(bins * blockFrames)
  let made = 0
  for (let start = 0; start < f0Hz.length; start += blockFrames) {
    const frames = Math.min(blockFrames, f0Hz.length - start)
    magnitudesInto(magnitudes, spectrum, start, frames, pulses.block(start))
    const ready = times.push({ data: logMelOf(magnitudes, frames), frames, channels: melBands })
    const isLast = start + frames === f0Hz.length
    const mel = isLast ? joined(ready, times.flush(melBands)) : ready
    if (mel.frames > 0) yield { mel, f0Hz: f0At(f0Hz, made, mel.frames) }
    made += mel.frames
  }
}

/** Magnitudes [bins, blockFrames] of the frames from `start` on. */
function magnitudesInto(
  magnitudes: Float64Array,
  { harmonic, noise, free, f0Hz }: HibariSpectrum,
  start: number,
  frames: number,
  pulses: Float64Array | undefined,
): void {
  for (let bin = 0; bin < bins; bin++) {
    for (let i = 0; i < frames; i++) {
      const from = bin * f0Hz.length + start + i
      const at = bin * blockFrames + i
      const pulse = pulses === undefined ? 0 : pulses[at]!
      const voiced = pulse === 0 ? 0 : pulse * energyOf(harmonic[from]!)
      magnitudes[at] = Math.sqrt(voiced + energyOf(noise[from]!) + energyOf(free[from]!))
    }
  }
}

function energyOf(log: number): number {
  return Math.exp(2 * Math.min(maxLog, log))
}

/** Of magnitudes [bins, blockFrames], [frames, 80]. */
function logMelOf(magnitudes: Float64Array, frames: number): Float32Array {
  const logs = new Float32Array(frames * melBands)
  const sums = new Float64Array(blockFrames)
  for (const [band, { first, weights }] of bank.entries()) {
    sums.fill(0)
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!
      const row = (first + i) * blockFrames
      for (let frame = 0; frame < frames; frame++) sums[frame]! += weight * magnitudes[row + frame]!
    }
    for (let frame = 0; frame < frames; frame++) {
      logs[frame * melBands + band] = Math.max(targetFloor, Math.log(gain * sums[frame]!))
    }
  }
  return logs
}

function joined(first: Frames, last: Frames): Frames {
  return {
    data: concatFloats([first.data, last.data]),
    frames: first.frames + last.frames,
    channels: first.channels,
  }
}

/** Of mel frames: between two voiced frames in a straight line, else that of the nearer. */
function f0At(f0Hz: Float32Array, start: number, frames: number): Float32Array {
  const perFrame = (target.hopLength * sampleRate) / (target.sampleRate * hopLength)
  const last = f0Hz.length - 1
  return Float32Array.from({ length: frames }, (_, frame) => {
    const at = Math.min(last, (start + frame + 0.5) * perFrame)
    const before = f0Hz[Math.floor(at)]!
    const after = f0Hz[Math.min(last, Math.floor(at) + 1)]!
    const share = at % 1
    if (before > voicedHz && after > voicedHz) return (1 - share) * before + share * after
    const nearer = share < 0.5 ? before : after
    return nearer > voicedHz ? nearer : 0
  })
}
