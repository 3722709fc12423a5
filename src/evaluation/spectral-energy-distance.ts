import { stft } from '../audio/spectral/stft.js'
import { assertSameLength } from './spectral.js'

const windows = [2048, 1024, 512, 256]
const hopLength = 128

/** Power per bin that is added to every magnitude: below 16-bit rounding noise, above the float's. */
const powerFloor = 1e-9

/**
 * One resolution of the distance. Magnitudes are scaled so that white noise of variance v has mean square v
 * in every bin, so that one floor serves all windows.
 */
function magnitudes(waveform: Float32Array, window: number) {
  const spectra = stft(waveform, {
    fftSize: window,
    winLength: window,
    hopLength,
    alignment: 'sample-centred',
  })
  const scale = 1 / (0.375 * window)
  const { data } = spectra
  for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(scale * data[i]! * data[i]! + powerFloor)
  return spectra
}

type Spectra = ReturnType<typeof magnitudes>

/** Mean over frames and bins 1 … N/2 - 1: DC and Nyquist carry no sound. */
function meanMagnitude({ data, frames, channels }: Spectra): number {
  let sum = 0
  for (let frame = 0; frame < frames; frame++) {
    for (let bin = 1; bin < channels - 1; bin++) sum += data[frame * channels + bin]!
  }
  return sum / (frames * (channels - 2))
}

function distance(a: Spectra, b: Spectra, norm: number): number {
  const { frames, channels } = a
  const bins = channels - 2
  let absolute = 0
  let logarithmic = 0
  for (let frame = 0; frame < frames; frame++) {
    let squares = 0
    for (let bin = 1; bin <= bins; bin++) {
      const p = a.data[frame * channels + bin]!
      const q = b.data[frame * channels + bin]!
      absolute += Math.abs(p - q)
      const ratio = Math.log(p / q)
      squares += ratio * ratio
    }
    logarithmic += Math.sqrt(squares / bins)
  }
  return absolute / (frames * bins * norm) + logarithmic / frames
}

/**
 * Spectral energy distance of a recording x from two independent samples y1, y2 of one model under the same
 * condition:
 *
 *     SED = d(x, y1) + d(x, y2) - d(y1, y2)
 *     d(a, b) = sum over windows 2048, 1024, 512, 256 (Hann, hop 128) of
 *               mean ||A| - |B|| / mean |X|  +  mean over frames of RMS over bins of ln|A| - ln|B|
 *
 * Its expectation is least for the model whose samples are distributed as the recording is. That least value
 * is not 0 but the spread E d(x, x') of recordings themselves, which one recording does not tell: compare
 * models, not a model with 0. Collapse (y1 = y2) and bias both raise it.
 * (Gritsenko et al., "A Spectral Energy Distance for Parallel Speech Synthesis", NeurIPS 2020, equation 4.)
 *
 * @param x, y1, y2 equally long
 * @throws GlowcastError SHAPE_MISMATCH, INVALID_AUDIO, NON_FINITE
 */
export function spectralEnergyDistance(x: Float32Array, y1: Float32Array, y2: Float32Array): number {
  assertSameLength(x, y1, y2)
  let sum = 0
  for (const window of windows) {
    const [spectraX, spectra1, spectra2] = [x, y1, y2].map((waveform) => magnitudes(waveform, window))
    const norm = meanMagnitude(spectraX!)
    sum += distance(spectraX!, spectra1!, norm) + distance(spectraX!, spectra2!, norm)
    sum -= distance(spectra1!, spectra2!, norm)
  }
  return sum
}
