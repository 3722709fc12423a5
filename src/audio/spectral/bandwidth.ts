import { RealFft } from './real-fft.js'
import { hannWindow } from './stft.js'

const frameLength = 2048
/** Spread evenly over the recording. */
const maxFrames = 40
/** Half of the power that rounding to 16 bits leaves in a bin, scaled so that white noise of variance v gives v. */
const emptyPower = 0.5 / (12 * 32768 ** 2)
/** Width of what a resampler or a codec takes away gradually, in Hz. */
const transitionHz = 500

/**
 * Highest frequency up to which a recording holds sound, in Hz: half the sampling rate, unless everything above is
 * emptier than the rounding of 16 bits, as it is where the file had a lower rate or a codec cut it off; then the
 * start of the transition.
 *
 * @param waveform mono samples
 */
export function bandwidthHz(waveform: Float32Array, sampleRate: number): number {
  const nyquist = sampleRate / 2
  const power = meanPower(waveform)
  const binHz = sampleRate / frameLength
  const last = power.findLastIndex((value) => value > emptyPower)
  const top = last * binHz
  return last < 0 || top > nyquist - transitionHz ? nyquist : Math.max(0, top - transitionHz)
}

/** Of each bin [frameLength / 2 + 1]. */
function meanPower(waveform: Float32Array): Float64Array {
  const fft = new RealFft(frameLength)
  const window = hannWindow(frameLength)
  const frame = new Float64Array(frameLength)
  const spectrum = new Float64Array(frameLength + 2)
  const power = new Float64Array(frameLength / 2 + 1)
  const room = Math.max(0, waveform.length - frameLength)
  const frames = Math.min(maxFrames, 1 + room)
  const scale = 1 / (frames * 0.375 * frameLength)
  for (let k = 0; k < frames; k++) {
    const start = Math.floor((k * room) / Math.max(1, frames - 1))
    for (let n = 0; n < frameLength; n++) frame[n] = window[n]! * (waveform[start + n] ?? 0)
    fft.forward(frame, spectrum)
    for (let bin = 0; bin < power.length; bin++) {
      power[bin]! += scale * (spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2)
    }
  }
  return power
}
