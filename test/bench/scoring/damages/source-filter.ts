import { type PitchTrack, trackPitch } from '../../../../src/audio/pitch/pitch.js'
import { RealFft } from '../../../../src/audio/spectral/real-fft.js'
import { RandomStream } from '../../../../src/numeric/random.js'

const fftSize = 1024
const bins = fftSize / 2 + 1

/** Rate of the frames where nothing is voiced, and of the analysis there. */
const unvoicedHz = 500

/** Voiced frames are all pulse up to the first frequency and all noise from the second on. */
const noisyFromHz = [3000, 8000] as const

const powerFloor = 1e-12

/**
 * Speech taken apart into F0, spectral envelope and aperiodicity, and put together again from pulses and noise, as
 * WORLD does (M. Morise et al., "WORLD: a vocoder-based high-quality speech synthesis system", 2016). Simpler in two
 * points: the envelope is not liftered, and the aperiodicity is one curve for all voiced frames.
 */
export function sourceFilterResynthesis(
  waveform: Float32Array,
  sampleRate: number,
  seed: number,
): Float32Array {
  const pitch = trackPitch(waveform, sampleRate)
  const random = new RandomStream(seed, 0x3072d)
  const response = new MinimumPhase()
  const result = new Float32Array(waveform.length)
  for (let at = 0; at < waveform.length; ) {
    const f0 = f0At(pitch, at)
    const hz = f0 > 0 ? f0 : unvoicedHz
    const period = Math.max(1, Math.round(sampleRate / hz))
    const envelope = envelopeAt(waveform, sampleRate, at, hz)
    const noisy = Float64Array.from({ length: bins }, (_, bin) =>
      f0 > 0 ? noiseShare((bin * sampleRate) / fftSize) : 1,
    )
    const pulse = response.of(envelope.map((power, bin) => power * (1 - noisy[bin]!)))
    add(result, at, pulse, Math.sqrt(period))
    const breath = response.of(envelope.map((power, bin) => power * noisy[bin]!))
    for (let i = 0; i < period; i++) add(result, at + i, breath, random.normal())
    at += period
  }
  return result
}

function f0At({ f0Hz, hopLength }: PitchTrack, sample: number): number {
  return f0Hz[Math.min(f0Hz.length - 1, Math.floor(sample / hopLength))]!
}

function noiseShare(hz: number): number {
  const [from, to] = noisyFromHz
  return Math.min(1, Math.max(0, (hz - from) / (to - from)))
}

/**
 * Power of a sample by frequency: the spectrum of three periods, smoothed over two thirds of F0 so that harmonics go
 * (M. Morise, "CheapTrick, a spectral envelope estimator for high-quality speech synthesis", 2015).
 */
function envelopeAt(waveform: Float32Array, sampleRate: number, centre: number, f0: number): Float64Array {
  const length = Math.min(fftSize, Math.round((3 * sampleRate) / f0))
  const samples = new Float64Array(fftSize)
  let weights = 0
  for (let i = 0; i < length; i++) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length)
    samples[i] = weight * (waveform[centre - (length >> 1) + i] ?? 0)
    weights += weight * weight
  }
  const spectrum = new Float64Array(fftSize + 2)
  fft.forward(samples, spectrum)
  const power = Float64Array.from(
    { length: bins },
    (_, bin) => (spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2) / weights,
  )
  const reach = Math.max(1, Math.round(((f0 / 3) * fftSize) / sampleRate))
  return power.map((_, bin) => {
    const near = power.subarray(Math.max(0, bin - reach), bin + reach + 1)
    return near.reduce((sum, value) => sum + value, 0) / near.length + powerFloor
  })
}

const fft = new RealFft(fftSize)

/** Impulse responses of minimum phase, by the folded cepstrum (A. Oppenheim, R. Schafer, "Discrete-time signal processing"). */
class MinimumPhase {
  private readonly cepstrum = new Float64Array(fftSize)
  private readonly spectrum = new Float64Array(fftSize + 2)

  /** @param power by bin @returns a response whose power spectrum that is; overwritten by the next call */
  of(power: Float64Array): Float64Array {
    const { cepstrum, spectrum } = this
    for (let bin = 0; bin < bins; bin++) {
      spectrum[2 * bin] = 0.5 * Math.log(power[bin]! + powerFloor)
      spectrum[2 * bin + 1] = 0
    }
    fft.inverse(spectrum, cepstrum)
    for (let i = 1; i < fftSize / 2; i++) cepstrum[i]! *= 2
    cepstrum.fill(0, fftSize / 2 + 1)
    fft.forward(cepstrum, spectrum)
    for (let bin = 0; bin < bins; bin++) {
      const size = Math.exp(spectrum[2 * bin]!)
      const angle = spectrum[2 * bin + 1]!
      spectrum[2 * bin] = size * Math.cos(angle)
      spectrum[2 * bin + 1] = size * Math.sin(angle)
    }
    fft.inverse(spectrum, cepstrum)
    return cepstrum
  }
}

function add(target: Float32Array, at: number, response: Float64Array, gain: number): void {
  const end = Math.min(response.length, target.length - at)
  for (let i = 0; i < end; i++) target[at + i]! += gain * response[i]!
}
