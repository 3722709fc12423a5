import { invertMatrix } from './matrix.js'
import { mean } from './stats.js'

/** y ≈ intercept + Σ slopes · x. */
export interface Plane {
  readonly intercept: number
  readonly slopes: number[]
}

/**
 * Least squares with the slopes shrunk: as if in each direction the x had a variance of `ridge` more, along which y does
 * not change (A. Hoerl and R. Kennard, "Ridge regression", 1970).
 *
 * @param rows x of each observation, all equally long
 */
export function fitPlane(rows: readonly (readonly number[])[], y: readonly number[], ridge: number): Plane {
  const size = rows[0]!.length
  const centre = Array.from({ length: size }, (_, a) => mean(rows.map((row) => row[a]!)))
  const level = mean(y)
  const centred = rows.map((row) => row.map((value, a) => value - centre[a]!))
  const covariance = Float64Array.from({ length: size * size }, (_, i) => {
    const [a, b] = [Math.floor(i / size), i % size]
    return mean(centred.map((row) => row[a]! * row[b]!)) + (a === b ? ridge : 0)
  })
  const { inverse } = invertMatrix(covariance, size)
  const products = centre.map((_, a) => mean(centred.map((row, i) => row[a]! * (y[i]! - level))))
  const slopes = centre.map((_, a) =>
    products.reduce((sum, product, b) => sum + inverse[a * size + b]! * product, 0),
  )
  return { intercept: level - slopes.reduce((sum, slope, a) => sum + slope * centre[a]!, 0), slopes }
}

export function planeAt({ intercept, slopes }: Plane, x: readonly number[]): number {
  return slopes.reduce((sum, slope, a) => sum + slope * x[a]!, intercept)
}
