import type { Latents } from '../../../likelihood/likelihood.js'
import { meanSquare, sum } from '../../../numeric/stats.js'
import { type LatentMoments, lags } from './latent-moments.js'

/** Bands of equal width over 0 Hz … Nyquist (1.4 kHz each at 22,050 Hz): wide enough for steady estimates. */
export const bandCount = 8

/** Levels are steadier than other statistics: their bands are narrower, 340 Hz at 22,050 Hz. */
export const levelBandCount = 32

/** Mean of the fourth power of a standard normal. */
const normalFourth = 3

/** Variances and ratios are compared by their logarithm; digital silence must not be minus infinity. */
const least = 1e-6

/** Sums of bins, gathered to sums of bands. */
function bandSums(bins: Float64Array, bands = bandCount): Float64Array {
  const sums = new Float64Array(bands)
  for (let bin = 0; bin < bins.length; bin++) sums[Math.floor((bin * bands) / bins.length)]! += bins[bin]!
  return sums
}

/** Means over the latents of each band. */
function bandMeans({ groups, groupSize }: LatentMoments, bins: Float64Array, bands?: number): Float64Array {
  const sums = bandSums(bins, bands)
  return sums.map((sum) => (sum * sums.length) / (groups * groupSize))
}

/** Spectrum by band: log of the mean of z² in each; 0 for standard normals. */
export function bandLevels(moments: LatentMoments): number[] {
  return Array.from(bandMeans(moments, moments.squares, levelBandCount), (square) =>
    Math.log(Math.max(square, least)),
  )
}

/**
 * Moments by band: log of the kurtosis over the normal's 3. Positive: rare large values (clicks, gaps), negative:
 * a signal that is too even (tones, noise whose level the mel tells exactly).
 */
export function bandKurtosis(moments: LatentMoments): number[] {
  const squares = bandMeans(moments, moments.squares)
  return Array.from(bandMeans(moments, moments.fourths), (fourth, band) =>
    Math.log(Math.max(fourth, least) / (normalFourth * Math.max(squares[band]! ** 2, least))),
  )
}

/** Whiteness in time by band: correlation of each bin with itself one group (5.8 ms at 22,050 Hz) later. */
export function bandLagCorrelation(moments: LatentMoments): number[] {
  return lagCorrelation(moments, 0)
}

/** Correlation of each bin with itself four groups (23 ms) later, by band: echoes, what is looped or stretched. */
export function bandEchoCorrelation(moments: LatentMoments): number[] {
  return lagCorrelation(moments, 1)
}

function lagCorrelation({ groups, lagProducts, squares }: LatentMoments, index: 0 | 1): number[] {
  // Of fewer groups there are fewer products: each is taken for its share of them.
  const share = Math.max(0, groups - lags[index]) / groups
  return ratios(bandSums(lagProducts[index]!), bandSums(squares), share)
}

function ratios(products: Float64Array, squares: Float64Array, share = 1): number[] {
  return Array.from(products, (product, band) => product / Math.max(share * squares[band]!, least))
}

/** Levels of the lowest bins (of 86 Hz at 22,050 Hz), mean and in the logarithm, one by one: hum, rumble. */
const lowBinCount = 3

export function lowBins({ squares, logSquares, groups }: LatentMoments): number[] {
  return Array.from({ length: lowBinCount }, (_, bin) => bin).flatMap((bin) => [
    Math.log(Math.max(squares[bin]! / groups, least)),
    logSquares[bin]! / groups,
  ])
}

/** Parts of the spectrum in which single frames are looked at. */
export const frameParts = 4

/** Mean z² of each group in each quarter of the spectrum: [groups, 4]. */
export function groupSquares({ values, groups, groupSize }: Latents): Float64Array {
  const result = new Float64Array(frameParts * groups)
  const size = groupSize / frameParts
  for (let target = 0; target < result.length; target++) {
    result[target] = meanSquare(values.subarray(target * size, (target + 1) * size))
  }
  return result
}

/**
 * Two-sided typicality: the mean surprisal of all latents, that is −log p(z) less the prior's entropy, per latent.
 * A typical recording is near 0; above it is too unlikely, below it too likely (silence, tones).
 */
export function typicality({ squares, groups, groupSize }: LatentMoments): number {
  return meanSurprise(sum(squares), groups * groupSize)
}

/** Mean of ½z² − ½ of `count` latents whose squares add up to `sumOfSquares`, nats. */
export function meanSurprise(sumOfSquares: number, count: number): number {
  return 0.5 * (sumOfSquares / count) - 0.5
}
