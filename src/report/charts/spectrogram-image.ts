import { encode } from 'fast-png'
import type { Frames } from '../../audio/buffers/frames.js'
import { stft } from '../../audio/spectral/stft.js'
import { invalidArgument } from '../../errors.js'
import { decibels } from '../../numeric/stats.js'
import { colourMap } from './colour-map.js'

const fftSize = 1024
const hopLength = 128

/** Two bins a row: 256 rows from 0 Hz to Nyquist. */
const binsPerRow = 2
const rows = fftSize / 2 / binsPerRow
const maxColumns = 900

/** -140 dB: where a digital zero is put. */
const powerFloor = 1e-14

/**
 * Levels of a linear-frequency spectrogram, from 0 Hz up to Nyquist: [columns, 256], dB where a sine of
 * amplitude 1 is 0. Longer waveforms than 900 frames of 128 samples are averaged to 900 columns.
 *
 * @throws GlowcastError INVALID_AUDIO, NON_FINITE
 */
export function spectrogramLevels(waveform: Float32Array): Frames {
  const spectra = stft(waveform, { fftSize, winLength: fftSize, hopLength, alignment: 'sample-centred' })
  const columns = Math.min(maxColumns, spectra.frames)
  // A sine of amplitude 1 has a peak magnitude of half the window's sum, which is fftSize / 2 for Hann.
  const scale = (4 / fftSize) ** 2 / binsPerRow
  const data = new Float32Array(columns * rows)
  for (let column = 0; column < columns; column++) {
    const first = Math.floor((column * spectra.frames) / columns)
    const end = Math.floor(((column + 1) * spectra.frames) / columns)
    for (let row = 0; row < rows; row++) {
      let power = 0
      for (let frame = first; frame < end; frame++) {
        for (let bin = row * binsPerRow; bin < (row + 1) * binsPerRow; bin++) {
          power += spectra.data[frame * spectra.channels + bin]! ** 2
        }
      }
      data[column * rows + row] = decibels((scale * power) / (end - first) + powerFloor)
    }
  }
  return { data, frames: columns, channels: rows }
}

export interface SpectrogramImageOptions {
  /** dB that gets the lightest colour; the same for pictures that are to be compared. */
  readonly topDb: number
  /** dB below it that get the darkest. Default 70. */
  readonly rangeDb?: number
}

/**
 * A PNG of levels as `spectrogramLevels` gives them: time to the right, frequency upwards, one pixel a value,
 * light is loud. Axes are left to what surrounds it.
 *
 * @throws GlowcastError INVALID_ARGUMENT
 */
export function spectrogramImage(
  levels: Frames,
  { topDb, rangeDb = 70 }: SpectrogramImageOptions,
): Uint8Array {
  if (!(Number.isFinite(topDb) && rangeDb > 0 && levels.frames > 0 && levels.channels > 0)) {
    const got = `[${levels.frames}, ${levels.channels}], top ${topDb} dB, range ${rangeDb} dB`
    throw invalidArgument('spectrogram', got, 'a picture and a range above 0 dB')
  }
  const { frames: width, channels: height } = levels
  const data = new Uint8Array(width * height)
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const part = 1 + (levels.data[x * height + y]! - topDb) / rangeDb
      data[(height - 1 - y) * width + x] = Math.round(255 * Math.min(1, Math.max(0, part)))
    }
  }
  const palette = colourMap.map((colour) => [...colour])
  return encode({ width, height, data, channels: 1, depth: 8, palette }, { zlib: { level: 6 } })
}
