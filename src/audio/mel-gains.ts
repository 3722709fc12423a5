import { type MelConfig, melFilterBank } from './mel.js'

/**
 * A band is raised by at most this in one pass, in nats of amplitude, before the strength: what is hardly there is
 * not worth more. Lowered it is without limit: whatever a flow makes of a mel unlike any that it was trained on, it
 * shall not be loud.
 */
export const maximumGain = 2

/**
 * Highest bands, whose mean tells of the bins above all bands: these are lowered by what it is too loud beyond
 * `tolerance`, in nats, which a sample of good speech does not reach.
 */
export const topBands = 4
export const tolerance = 1

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

/**
 * Multiplies a spectrum by gains that bring its mel toward another: the ratio of the wanted to the actual band to
 * the power of `strength`, between bands the mean weighted by their triangles. Bins above all bands keep theirs, unless
 * the highest bands are far too loud: then they are lowered too.
 */
export class MelGains {
  private readonly bins: MelBins
  private readonly bands: Float64Array

  /** @param mel natural logarithm of magnitudes */
  constructor(
    private readonly mel: MelConfig,
    private readonly strength: number,
  ) {
    this.bins = melBins(mel)
    this.bands = new Float64Array(mel.melBands + 2)
  }

  /** @param spectrum interleaved, changed in place; @param wanted log-mel of this frame */
  apply(spectrum: Float64Array, wanted: Float32Array): void {
    const { bands, strength } = this
    const { end, lower, falling, rising, fallingShare } = this.bins
    const { melBands, logFloor } = this.mel
    bands.fill(0)
    for (let k = 0; k < end; k++) {
      const re = spectrum[2 * k]!
      const im = spectrum[2 * k + 1]!
      const magnitude = Math.sqrt(re * re + im * im)
      const band = lower[k]!
      bands[band] = bands[band]! + falling[k]! * magnitude
      bands[band + 1] = bands[band + 1]! + rising[k]! * magnitude
    }
    let excess = -tolerance
    for (let band = 1; band <= melBands; band++) {
      const missing = wanted[band - 1]! - Math.log(Math.max(bands[band]!, logFloor))
      if (band > melBands - topBands) excess -= missing / topBands
      bands[band] = Math.exp(strength * Math.min(maximumGain, missing))
    }
    if (excess > 0) this.lowerAbove(spectrum, Math.exp(-strength * excess))
    for (let k = 0; k < end; k++) {
      const band = lower[k]!
      const gain = bands[band + 1]! + fallingShare[k]! * (bands[band]! - bands[band + 1]!)
      spectrum[2 * k] = spectrum[2 * k]! * gain
      spectrum[2 * k + 1] = spectrum[2 * k + 1]! * gain
    }
  }
  private lowerAbove(spectrum: Float64Array, gain: number): void {
    for (let i = 2 * this.bins.end; i < spectrum.length; i++) spectrum[i] = spectrum[i]! * gain
  }
}
