import { type MelConfig, melFilterBank } from '../mel/mel.js'

/**
 * A band is raised by at most this in one pass, in nats of amplitude, before the strength: what is hardly there is
 * not worth more. Lowered it is without limit: whatever a flow makes of a mel unlike any that it was trained on, it
 * shall not be loud.
 */
export const maxGain = 2

/**
 * Highest bands, whose mean tells of the bins above all bands: these are lowered by what it is too loud beyond
 * `tolerance`, in nats, which a sample of good speech does not reach.
 */
export const topBands = 4
export const tolerance = 1

/**
 * A mel that is smoother over its bands than any sound, as TTS models make them, must not be taken at its word: a
 * sample that is moved to it loses its harmonics. Detail is the RMS of the second difference over the bands of a
 * log-mel; where the wanted mel has this share of the sample's or less, gains only bring the envelope (the power,
 * blurred over the bands) to the wanted one, from `fineDetail` on (what 99 % of the frames of recordings' mels have)
 * every band, in between some of both.
 */
export const coarseDetail = 0.45
export const fineDetail = 0.65
/** Times ¼, ½, ¼ over the bands: about ± 2.4 bands. */
export const gainBlurs = 12

/**
 * The mel's triangles seen from the bins: no more than two overlap, one falling and the next one rising. Bands are
 * counted from 1, with an empty one at either end, so that every bin has two.
 */
export interface MelBins {
  /** Bins from here on no band sees. */
  readonly end: number
  /** Index of the falling one of a bin's bands; the rising one follows. */
  readonly lower: Int32Array
  readonly falling: Float64Array
  readonly rising: Float64Array
  /** The share that the falling one has in the gain of a bin; the rising one has the rest. */
  readonly fallingShare: Float64Array
}

export function melBins(mel: MelConfig): MelBins {
  const bank = melFilterBank(mel)
  const bins = mel.fftSize / 2 + 1
  // Bins below the first band, and so 0 Hz, go with it.
  const lower = new Int32Array(bins).fill(1)
  const falling = new Float64Array(bins)
  const rising = new Float64Array(bins)
  const fallingShare = new Float64Array(bins).fill(1)
  let end = 0
  for (let bin = 0; bin < bins; bin++) {
    const weight = (band: number) => bank[band * bins + bin] ?? 0
    const band = Array.from({ length: mel.melBands }, (_, index) => index).find((index) => weight(index) > 0)
    if (band === undefined) continue
    end = bin + 1
    // A bin that one band alone sees may lie on either of its sides: both ways mean the same.
    lower[bin] = band + 1
    falling[bin] = weight(band)
    rising[bin] = band + 1 < mel.melBands ? weight(band + 1) : 0
    fallingShare[bin] = falling[bin]! / (falling[bin]! + rising[bin]!)
  }
  return { end, lower, falling, rising, fallingShare }
}
