import { RealFft } from '../../../audio/spectral/real-fft.js'
import { sumOfSquares } from '../../../numeric/stats.js'

/** Windows that are compared with what follows them, and the distance from one to the next, seconds. */
const windowSeconds = 0.0232

/** Distances at which they are: shorter ones are of the spectrum's envelope, longer ones of the next syllable. */
const leastLagSeconds = 0.0025
const mostLagSeconds = 0.0232

/** Voices fall towards the highs, and lows alone would decide. */
const preEmphasis = 0.95

/** Windows of less than −90 dB full scale, highs lifted, are digital silence. */
const powerFloor = 1e-9

/** Which shares of the windows are less alike than each of the values. */
const similarityShares = [0.25, 0.5] as const

/**
 * How much a sound repeats itself: quantiles over its windows of 23 ms, of the highest normalised correlation with 23 ms
 * that begin 2.5 to 23 ms later. Time-stretching by overlapping windows plays parts of the sound twice, loops and
 * concealed losses, too; breath and pauses, which nothing repeats, show it best.
 *
 * @returns values in 0 … 1 for `similarityShares`; 0 where the sound is too short or silent
 */
export function selfSimilarity(waveform: Float32Array, sampleRate: number): number[] {
  const peaks = Float64Array.from(peakCorrelations(waveform, sampleRate)).sort()
  return similarityShares.map((share) => peaks[Math.floor(share * peaks.length)] ?? 0)
}

function* peakCorrelations(waveform: Float32Array, sampleRate: number): Generator<number> {
  const window = Math.round(windowSeconds * sampleRate)
  const leastLag = Math.round(leastLagSeconds * sampleRate)
  const mostLag = Math.round(mostLagSeconds * sampleRate)
  const reach = window + mostLag
  const size = 2 ** Math.ceil(Math.log2(reach))
  const fft = new RealFft(size)
  const [first, all, products] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)]
  const [firstSpectrum, spectrum] = [new Float64Array(size + 2), new Float64Array(size + 2)]
  for (let start = 0; start + reach <= waveform.length; start += window) {
    let before = start === 0 ? 0 : waveform[start - 1]!
    for (let i = 0; i < reach; i++) {
      const sample = waveform[start + i]!
      all[i] = sample - preEmphasis * before
      before = sample
    }
    first.set(all.subarray(0, window))
    const energy = sumOfSquares(first.subarray(0, window))
    if (energy < powerFloor * window) continue
    fft.forward(first, firstSpectrum)
    fft.forward(all, spectrum)
    multiplyByConjugate(spectrum, firstSpectrum)
    fft.inverse(spectrum, products)
    yield highest(products, all, { window, leastLag, mostLag, energy })
  }
}

function highest(
  products: Float64Array,
  all: Float64Array,
  {
    window,
    leastLag,
    mostLag,
    energy,
  }: { window: number; leastLag: number; mostLag: number; energy: number },
): number {
  let later = sumOfSquares(all.subarray(leastLag, leastLag + window))
  let peak = 0
  for (let lag = leastLag; lag < mostLag; lag++) {
    const correlation = products[lag]! / Math.sqrt(energy * Math.max(later, powerFloor * window))
    if (correlation > peak) peak = correlation
    later += all[lag + window]! * all[lag + window]! - all[lag]! * all[lag]!
  }
  return peak
}

function multiplyByConjugate(spectrum: Float64Array, other: Float64Array): void {
  for (let i = 0; i < spectrum.length; i += 2) {
    const re = spectrum[i]!
    const im = spectrum[i + 1]!
    const otherRe = other[i]!
    const otherIm = other[i + 1]!
    spectrum[i] = re * otherRe + im * otherIm
    spectrum[i + 1] = im * otherRe - re * otherIm
  }
}
