import type { Frames } from '../audio/buffers/frames.js'
import { stft } from '../audio/spectral/stft.js'
import { shapeMismatch } from '../errors.js'
import { mean } from '../numeric/stats.js'
import { plural } from '../plural.js'

/**
 * Mean absolute difference of two log-mels, in the unit of their logarithm (nats for `nvidia-22k`).
 *
 * @throws GlowcastError SHAPE_MISMATCH
 */
export function logMelL1(reference: Frames, synthesis: Frames): number {
  if (reference.frames !== synthesis.frames || reference.channels !== synthesis.channels) {
    const shape = ({ frames, channels }: Frames) => `[${frames}, ${channels}]`
    throw shapeMismatch('log-mel', shape(synthesis), shape(reference))
  }
  let sum = 0
  for (let i = 0; i < reference.data.length; i++) sum += Math.abs(reference.data[i]! - synthesis.data[i]!)
  return sum / reference.data.length
}

const bandHz = 1000
const bandFftSize = 2048

/**
 * Mean square per band below which a band counts as silent: -100 dB full scale, ten times what rounding
 * to 16 bits leaves in 1 kHz. Without it digital silence would dominate the mean.
 */
const bandEnergyFloor = 1e-10

/** Natural log of each frame's mean square in bands of 1 kHz, the last one up to Nyquist: [frames, bands]. */
function bandLogEnergies(waveform: Float32Array, sampleRate: number): Frames {
  const fftSize = bandFftSize
  const spectra = stft(waveform, {
    fftSize,
    winLength: fftSize,
    hopLength: fftSize / 4,
    alignment: 'sample-centred',
  })
  const bands = Math.max(1, Math.floor(sampleRate / 2 / bandHz))
  const bandOf = Int32Array.from({ length: spectra.channels }, (_, bin) =>
    Math.min(bands - 1, Math.floor((bin * sampleRate) / fftSize / bandHz)),
  )
  // Parseval for a Hann window, whose squares sum to 3/8 of its length; a bin stands for its mirror image too.
  const scale = 2 / (0.375 * fftSize * fftSize)
  const data = new Float32Array(spectra.frames * bands)
  for (let frame = 0; frame < spectra.frames; frame++) {
    const energies = data.subarray(frame * bands, (frame + 1) * bands)
    for (let bin = 0; bin < spectra.channels; bin++) {
      const magnitude = spectra.data[frame * spectra.channels + bin]!
      energies[bandOf[bin]!]! += scale * magnitude * magnitude
    }
    for (let band = 0; band < bands; band++) energies[band] = Math.log(energies[band]! + bandEnergyFloor)
  }
  return { data, frames: spectra.frames, channels: bands }
}

/** Log-energy errors by band, and their means over the bands below and above 8 kHz. */
export interface BandErrors {
  /** The same for the energies of the whole waveform: 0 for two takes of one noise that is long enough. */
  readonly longTimeBelow8kHz: number
  readonly longTimeAbove8kHz: number | null
  /** Nats, one per 1 kHz band from 0 up; the last reaches to Nyquist. */
  readonly perBand: readonly number[]
  readonly below8kHz: number
  /** null where the sample rate leaves no band above 8 kHz. */
  readonly above8kHz: number | null
}

/**
 * Mean absolute error of the log-energy in 1 kHz bands up to Nyquist: over Hann frames of 2,048 samples
 * (93 ms at 22,050 Hz), a quarter apart, |ln E_reference - ln E_synthesis|, E the band's mean square plus
 * 1e-10. In nats: 0.23 nats are 1 dB. Two takes of one noise differ by 0.165 (a band holds 93 bins, about 48 of
 * them independent under Hann: 2 / sqrt(pi * 48)): a perfect model of noise reaches that, not 0.
 *
 * @param reference, synthesis equally long, at the same sample rate
 * @throws GlowcastError SHAPE_MISMATCH, INVALID_AUDIO, NON_FINITE
 */
export function bandLogEnergyError(
  reference: Float32Array,
  synthesis: Float32Array,
  sampleRate: number,
): BandErrors {
  assertSameLength(reference, synthesis)
  const a = bandLogEnergies(reference, sampleRate)
  const b = bandLogEnergies(synthesis, sampleRate)
  const perBand = new Array<number>(a.channels).fill(0)
  for (let i = 0; i < a.data.length; i++) {
    perBand[i % a.channels]! += Math.abs(a.data[i]! - b.data[i]!) / a.frames
  }
  const longTime = Array.from({ length: a.channels }, (_, band) => {
    const total = ({ data, channels }: Frames) =>
      data.reduce((sum, level, i) => (i % channels === band ? sum + Math.exp(level) : sum), 0)
    return Math.abs(Math.log(total(a) / total(b)))
  })
  const split = 8000 / bandHz
  const above = perBand.slice(split)
  return {
    longTimeBelow8kHz: mean(longTime.slice(0, split)),
    longTimeAbove8kHz: above.length > 0 ? mean(longTime.slice(split)) : null,
    perBand,
    below8kHz: mean(perBand.slice(0, split)),
    above8kHz: above.length > 0 ? mean(above) : null,
  }
}

/** FFT size, window and hop of Yamamoto et al. 2020, table 1, at about 22 kHz. */
const resolutions = [
  { fftSize: 1024, winLength: 600, hopLength: 120 },
  { fftSize: 2048, winLength: 1200, hopLength: 240 },
  { fftSize: 512, winLength: 240, hopLength: 50 },
]

/** The power that magnitudes are floored at before their logarithm. */
const powerFloor = 1e-7

export interface MultiResolutionStft {
  /** ||X| - |Y||_F / ||X||_F: 0 equal, 1 as far as silence. */
  readonly spectralConvergence: number
  /** Mean of |ln|X| - ln|Y||, nats. */
  readonly logMagnitudeL1: number
}

/**
 * Multi-resolution STFT distance, each part the mean over three resolutions.
 * (Yamamoto, Song and Kim, "Parallel WaveGAN", ICASSP 2020, equations 4 to 6; |X| floored at sqrt(1e-7).)
 *
 * @throws GlowcastError SHAPE_MISMATCH, INVALID_AUDIO, NON_FINITE
 */
export function multiResolutionStft(reference: Float32Array, synthesis: Float32Array): MultiResolutionStft {
  assertSameLength(reference, synthesis)
  const parts = resolutions.map((resolution) => {
    const config = { ...resolution, alignment: 'sample-centred' } as const
    const { data: x } = stft(reference, config)
    const { data: y } = stft(synthesis, config)
    let difference = 0
    let energy = 0
    let logDifference = 0
    for (let i = 0; i < x.length; i++) {
      const powerX = Math.max(x[i]! * x[i]!, powerFloor)
      const powerY = Math.max(y[i]! * y[i]!, powerFloor)
      const delta = Math.sqrt(powerX) - Math.sqrt(powerY)
      difference += delta * delta
      energy += powerX
      logDifference += Math.abs(0.5 * Math.log(powerX / powerY))
    }
    return { convergence: Math.sqrt(difference / energy), logMagnitude: logDifference / x.length }
  })
  return {
    spectralConvergence: mean(parts.map(({ convergence }) => convergence)),
    logMagnitudeL1: mean(parts.map(({ logMagnitude }) => logMagnitude)),
  }
}

/** @throws GlowcastError SHAPE_MISMATCH */
export function assertSameLength(reference: Float32Array, ...others: Float32Array[]): void {
  const other = others.find(({ length }) => length !== reference.length)
  if (other) {
    const expected = `${reference.length}, as the reference has`
    throw shapeMismatch('synthesis', plural(other.length, 'sample'), expected)
  }
}
