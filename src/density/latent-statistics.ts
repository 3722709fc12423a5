import { type Latents, surpriseMap } from './likelihood.js'

/** Bands of equal width over 0 Hz … Nyquist (1.4 kHz each at 22,050 Hz): wide enough for steady estimates. */
export const bandCount = 8

/** Of a standard normal: the mean of z², and the mean of z⁴. */
const normalSquare = 1
const normalFourth = 3

/** Variances and ratios are compared by their logarithm; digital silence must not be minus infinity. */
const least = 1e-6

function bandOf(bin: number, groupSize: number): number {
  return Math.floor((bin * bandCount) / groupSize)
}

/** Sum of f(z) over time in each bin, gathered to means of bands. */
function bandMeans({ values, groups, groupSize }: Latents, term: (z: number) => number): Float64Array {
  const sums = new Float64Array(bandCount)
  for (let group = 0; group < groups; group++) {
    for (let bin = 0; bin < groupSize; bin++) {
      sums[bandOf(bin, groupSize)]! += term(values[group * groupSize + bin]!)
    }
  }
  const count = (groups * groupSize) / bandCount
  return sums.map((sum) => sum / count)
}

/** Spectrum by band: log of the mean of z² in each; 0 for standard normals. */
export function bandLevels(latents: Latents): number[] {
  return Array.from(
    bandMeans(latents, (z) => z * z),
    (square) => Math.log(Math.max(square, least) / normalSquare),
  )
}

/**
 * Moments by band: log of the kurtosis over the normal's 3. Positive: rare large values (clicks, gaps), negative:
 * a signal that is too even (tones, noise whose level the mel tells exactly).
 */
export function bandKurtosis(latents: Latents): number[] {
  const squares = bandMeans(latents, (z) => z * z)
  const fourths = bandMeans(latents, (z) => z ** 4)
  return Array.from(fourths, (fourth, band) =>
    Math.log(Math.max(fourth, least) / (normalFourth * Math.max(squares[band]! ** 2, least))),
  )
}

/** Whiteness in time by band: correlation of each bin with itself one group (5.8 ms at 22,050 Hz) later. */
export function bandLagCorrelation({ values, groups, groupSize }: Latents): number[] {
  const products = new Float64Array(bandCount)
  const squares = new Float64Array(bandCount)
  for (let i = 0; i < values.length - groupSize; i++) {
    const band = bandOf(i % groupSize, groupSize)
    products[band]! += values[i]! * values[i + groupSize]!
    squares[band]! += values[i]! ** 2
  }
  return groups < 2 ? Array<number>(bandCount).fill(0) : ratios(products, squares)
}

/** Whiteness in frequency by band: correlation of neighbouring bins, which a click or a phase error ties together. */
export function bandNeighbourCorrelation({ values, groupSize }: Latents): number[] {
  const products = new Float64Array(bandCount)
  const squares = new Float64Array(bandCount)
  for (let i = 0; i < values.length - 1; i++) {
    const bin = i % groupSize
    if (bin === groupSize - 1) continue
    const band = bandOf(bin, groupSize)
    products[band]! += values[i]! * values[i + 1]!
    squares[band]! += values[i]! ** 2
  }
  return ratios(products, squares)
}

/**
 * Burstiness by band: correlation of the sizes |z| of neighbours in time, 0 where latents are independent. Damage
 * that comes and goes makes large latents sit together.
 */
export function bandBurstiness({ values, groups, groupSize }: Latents): number[] {
  if (groups < 2) return Array<number>(bandCount).fill(0)
  const means = bandMeans({ values, groups, groupSize } as Latents, Math.abs)
  const products = new Float64Array(bandCount)
  const squares = new Float64Array(bandCount)
  for (let i = 0; i < values.length - groupSize; i++) {
    const band = bandOf(i % groupSize, groupSize)
    const here = Math.abs(values[i]!) - means[band]!
    products[band]! += here * (Math.abs(values[i + groupSize]!) - means[band]!)
    squares[band]! += here * here
  }
  return ratios(products, squares)
}

function ratios(products: Float64Array, squares: Float64Array): number[] {
  return Array.from(products, (product, band) => product / Math.max(squares[band]!, least))
}

/** Levels and whiteness in time of the lowest bins (of 86 Hz at 22,050 Hz), one by one: hum, rumble. */
const lowBinCount = 3

export function lowBins({ values, groupSize }: Latents): number[] {
  return Array.from({ length: lowBinCount }, (_, bin) => bin).flatMap((bin) => {
    let [squares, logSquares, count] = [0, 0, 0]
    for (let i = bin; i < values.length; i += groupSize) {
      const square = values[i]! ** 2
      squares += square
      logSquares += Math.log(square + least)
      count++
    }
    return [Math.log(Math.max(squares / count, least)), logSquares / count]
  })
}

/** Parts of the spectrum in which the extremes are sought. */
export const extremeParts = 4

/** Mean z² of each group in each quarter of the spectrum: [groups, 4]. */
export function groupSquares({ values, groups, groupSize }: Latents): Float64Array {
  const result = new Float64Array(extremeParts * groups)
  const size = groupSize / extremeParts
  for (let i = 0; i < values.length; i++) {
    const part = Math.floor((i % groupSize) / size)
    result[extremeParts * Math.floor(i / groupSize) + part]! += values[i]! ** 2 / size
  }
  return result
}

/**
 * Local extremes: log of the largest and of the smallest mean z² that a group has, in each quarter of the spectrum.
 * A click is a maximum, a hole a minimum at its inside and maxima at its edges.
 */
export function localExtremes(latents: Latents): number[] {
  const squares = groupSquares(latents)
  return Array.from({ length: extremeParts }, (_, part) => part).flatMap((part) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let i = part; i < squares.length; i += extremeParts) {
      low = Math.min(low, squares[i]!)
      high = Math.max(high, squares[i]!)
    }
    return [Math.log(Math.max(high, least)), Math.log(Math.max(low, least))]
  })
}

/**
 * Two-sided typicality: the mean surprise of all latents, that is −log p(z) less the prior's entropy, per latent.
 * A typical recording is near 0; above it is too unlikely, below it too likely (silence, tones).
 */
export function typicality(latents: Latents): number {
  const map = surpriseMap(latents)
  let sum = 0
  for (const surprise of map) sum += surprise
  return sum / map.length
}
