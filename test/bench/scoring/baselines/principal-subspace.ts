import { RandomStream } from '../../../../src/numeric/random.js'

export interface Subspace {
  readonly mean: Float64Array
  /** Orthonormal rows. */
  readonly basis: readonly Float64Array[]
}

const iterations = 12

/** The directions of largest variance, by subspace iteration on the covariance matrix. */
export function principalSubspace(points: readonly Float64Array[], size: number): Subspace {
  const dimensions = points[0]!.length
  const mean = new Float64Array(dimensions)
  for (const point of points) for (let i = 0; i < dimensions; i++) mean[i]! += point[i]! / points.length
  const covariance = new Float64Array(dimensions * dimensions)
  for (const point of points) {
    const centred = point.map((value, i) => value - mean[i]!)
    for (let a = 0; a < dimensions; a++) {
      for (let b = 0; b <= a; b++) covariance[a * dimensions + b]! += centred[a]! * centred[b]!
    }
  }
  for (let a = 0; a < dimensions; a++)
    for (let b = 0; b < a; b++) covariance[b * dimensions + a] = covariance[a * dimensions + b]!
  const random = new RandomStream(0, 1)
  let basis: Float64Array[] = Array.from({ length: size }, () =>
    Float64Array.from({ length: dimensions }, () => random.normal()),
  )
  for (let i = 0; i < iterations; i++) {
    basis = orthonormal(
      basis.map((row) =>
        Float64Array.from({ length: dimensions }, (_, a) => {
          let sum = 0
          for (let b = 0; b < dimensions; b++) sum += covariance[a * dimensions + b]! * row[b]!
          return sum
        }),
      ),
    )
  }
  return { mean, basis }
}

/** Share of the points' variance around the mean that the subspace does not hold. */
export function unexplainedShare(points: readonly Float64Array[], { mean, basis }: Subspace): number {
  let [left, all] = [0, 0]
  for (const point of points) {
    const centred = point.map((value, i) => value - mean[i]!)
    const energy = dot(centred, centred)
    all += energy
    left += energy - basis.reduce((sum, row) => sum + dot(row, centred) ** 2, 0)
  }
  return left / Math.max(all, 1e-9)
}

function orthonormal(rows: readonly Float64Array[]): Float64Array[] {
  const result: Float64Array[] = []
  for (const row of rows) {
    const rest = row.slice()
    for (const done of result) {
      const part = dot(done, rest)
      for (let i = 0; i < rest.length; i++) rest[i]! -= part * done[i]!
    }
    const length = Math.sqrt(dot(rest, rest))
    result.push(rest.map((value) => value / length))
  }
  return result
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
