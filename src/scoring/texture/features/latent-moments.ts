import type { Latents } from '../../../likelihood/likelihood.js'

/** Groups (5.8 ms at 22,050 Hz) at which latents are compared with later ones: the next, and one 23 ms later. */
export const lags = [1, 4] as const

/** Sums over the time of a recording, bin by bin: what the statistics of its latents are made of, in one pass. */
export interface LatentMoments {
  readonly groups: number
  readonly groupSize: number
  readonly absolutes: Float64Array
  readonly squares: Float64Array
  readonly fourths: Float64Array
  /** Of log(z² + 1e-6). */
  readonly logSquares: Float64Array
  /** Products with the bin itself, one of `lags` later. */
  readonly lagProducts: readonly Float64Array[]
  /** Products with the next bin; the last entry is 0. */
  readonly neighbourProducts: Float64Array
  /** Products of |z| with the next group's. */
  readonly absoluteProducts: Float64Array
  /** |z| of the first and of the last group. */
  readonly firstAbsolutes: Float64Array
  readonly lastAbsolutes: Float64Array
}

export function latentMoments({ values, groups, groupSize }: Latents): LatentMoments {
  const zeros = () => new Float64Array(groupSize)
  const edge = (group: number) =>
    Float64Array.from(values.subarray(group * groupSize, (group + 1) * groupSize), Math.abs)
  const moments: LatentMoments = {
    groups,
    groupSize,
    absolutes: zeros(),
    squares: zeros(),
    fourths: zeros(),
    logSquares: zeros(),
    lagProducts: lags.map(zeros),
    neighbourProducts: zeros(),
    absoluteProducts: zeros(),
    firstAbsolutes: edge(0),
    lastAbsolutes: edge(groups - 1),
  }
  const { absolutes, squares, fourths, logSquares, neighbourProducts, absoluteProducts } = moments
  for (let start = 0; start < values.length; start += groupSize) {
    for (let bin = 0; bin < groupSize; bin++) {
      const z = values[start + bin]!
      const square = z * z
      absolutes[bin]! += Math.abs(z)
      squares[bin]! += square
      fourths[bin]! += square * square
      logSquares[bin]! += Math.log(square + 1e-6)
      if (bin + 1 < groupSize) neighbourProducts[bin]! += z * values[start + bin + 1]!
    }
  }
  for (const [index, lag] of lags.entries())
    addLagProducts(values, lag * groupSize, moments.lagProducts[index]!)
  for (let i = 0; i + groupSize < values.length; i++) {
    absoluteProducts[i % groupSize]! += Math.abs(values[i]! * values[i + groupSize]!)
  }
  return moments
}

function addLagProducts(values: Float32Array, distance: number, sums: Float64Array): void {
  for (let i = 0; i + distance < values.length; i++) {
    sums[i % sums.length]! += values[i]! * values[i + distance]!
  }
}
