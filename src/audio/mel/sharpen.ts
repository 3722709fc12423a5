import type { Frames } from '../buffers/frames.js'

/** Bands on either side that a band is compared with. */
const reach = 3

/** Largest `strength`. */
export const maxSharpening = 1

/** Log-mels stay within these. */
export interface MelRange {
  readonly least: number
  readonly most: number
}

/** The bands that a band is compared with, itself among them: from `first` to before `end`. */
export function neighbourhood(band: number, bands: number): { first: number; end: number } {
  return { first: Math.max(0, band - reach), end: Math.min(bands, band + reach + 1) }
}

/**
 * Acoustic models are trained to the mean of what a mel may be: peaks and valleys of their spectra are flatter than those
 * of any sound. This raises each band's distance, in the logarithm, to the mean of itself and its three neighbours on either
 * side, as post-filters of speech synthesis do. Then each frame gets the energy back that it had, so that nothing is louder.
 *
 * @param mel natural-log mel, [frames, bands], within the range
 * @param strength share of the distance that is added: 0 changes nothing
 */
export function sharpenMel({ data, frames, channels }: Frames, strength: number, range: MelRange): Frames {
  const sharpened = new Float32Array(data.length)
  for (let start = 0; start < data.length; start += channels) {
    const row = sharpened.subarray(start, start + channels)
    let before = 0
    let after = 0
    for (let band = 0; band < channels; band++) {
      const value = data[start + band]!
      const { first, end } = neighbourhood(band, channels)
      let sum = 0
      for (let i = first; i < end; i++) sum += data[start + i]!
      row[band] = value + strength * (value - sum / (end - first))
      before += Math.exp(2 * value)
      after += Math.exp(2 * row[band]!)
    }
    const offset = Math.log(before / after) / 2
    for (let band = 0; band < channels; band++) {
      row[band] = Math.min(Math.max(row[band]! + offset, range.least), range.most)
    }
  }
  return { data: sharpened, frames, channels }
}
