import type { Latents } from '../../../likelihood/likelihood.js'

/** Groups (5.8 ms at 22,050 Hz) at which latents are compared with later ones: the next, and one 23 ms later. */
export const lags = [1, 4] as const

/** Sums over the time of a recording, bin by bin: what the statistics of its latents are made of, in one pass. */
export interface LatentMoments {
  readonly groups: number
  readonly groupSize: number
  readonly squares: Float64Array
  readonly fourths: Float64Array
  /** Of log(z² + 1e-6). */
  readonly logSquares: Float64Array
  /** Products with the bin itself, one of `lags` later. */
  readonly lagProducts: readonly Float64Array[]
}

export function latentMoments({ values, groups, groupSize }: Latents): LatentMoments {
  const zeros = () => new Float64Array(groupSize)
  const moments: LatentMoments = {
    groups,
    groupSize,
    squares: zeros(),
    fourths: zeros(),
    logSquares: zeros(),
    lagProducts: lags.map(zeros),
  }
  const { squares, fourths, logSquares } = moments
  for (let start = 0; start < values.length; start += groupSize) {
    for (let bin = 0; bin < groupSize; bin++) {
      const z = values[start + bin]!
      const square = z * z
      squares[bin]! += square
      fourths[bin]! += square * square
      logSquares[bin]! += Math.log(square + 1e-6)
    }
  }
  for (const [index, lag] of lags.entries())
    addLagProducts(values, lag * groupSize, moments.lagProducts[index]!)
  return moments
}

function addLagProducts(values: Float32Array, distance: number, sums: Float64Array): void {
  for (let start = 0; start + distance < values.length; start += sums.length) {
    for (let bin = 0; bin < sums.length; bin++) {
      sums[bin]! += values[start + bin]! * values[start + bin + distance]!
    }
  }
}
