import { invalidModel } from '../errors.js'

/**
 * Inverse and log |det| of a square matrix by LU with partial pivoting, in float64.
 *
 * @param values row-major [size, size]
 * @throws GlowcastError INVALID_MODEL when the matrix is singular
 */
export function invertMatrix(
  values: ArrayLike<number>,
  size: number,
): { inverse: Float64Array; logAbsDet: number } {
  const a = Float64Array.from({ length: size * size }, (_, i) => values[i]!)
  const inverse = new Float64Array(size * size)
  for (let i = 0; i < size; i++) inverse[i * size + i] = 1
  let logAbsDet = 0
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(a[row * size + column]!) > Math.abs(a[pivot * size + column]!)) pivot = row
    }
    const value = a[pivot * size + column]!
    if (!(Math.abs(value) > 1e-12)) {
      throw invalidModel('1x1 convolution', 'a singular matrix', 'an invertible one')
    }
    logAbsDet += Math.log(Math.abs(value))
    if (pivot !== column) {
      swapRows(a, size, pivot, column)
      swapRows(inverse, size, pivot, column)
    }
    for (let k = 0; k < size; k++) {
      a[column * size + k] = a[column * size + k]! / value
      inverse[column * size + k] = inverse[column * size + k]! / value
    }
    for (let row = 0; row < size; row++) {
      const factor = a[row * size + column]!
      if (row === column || factor === 0) continue
      for (let k = 0; k < size; k++) {
        a[row * size + k] = a[row * size + k]! - factor * a[column * size + k]!
        inverse[row * size + k] = inverse[row * size + k]! - factor * inverse[column * size + k]!
      }
    }
  }
  return { inverse, logAbsDet }
}

function swapRows(matrix: Float64Array, size: number, i: number, j: number): void {
  const row = matrix.slice(i * size, (i + 1) * size)
  matrix.copyWithin(i * size, j * size, (j + 1) * size)
  matrix.set(row, j * size)
}
