import type { Frames } from '../../../src/audio/frames.js'
import { invertMatrix } from '../../../src/flow/matrix.js'
import { median } from './figures.js'
import { principalSubspace, unexplainedShare } from './principal-subspace.js'

export interface ContentBaseline {
  readonly name: string
  /** Higher is less normal. */
  score(patches: Frames): number
}

const subspaceSize = 16

function rowsOf({ data, frames, channels }: Frames): Float64Array[] {
  return Array.from({ length: frames }, (_, t) =>
    Float64Array.from(data.subarray(t * channels, (t + 1) * channels)),
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
}

/** Mean and deviation of each band over time. */
function bandStatistics(patches: Frames): number[] {
  const rows = rowsOf(patches)
  const bands = Array.from({ length: patches.channels }, (_, band) => rows.map((row) => row[band]!))
  return [...bands.map(mean), ...bands.map(deviation)]
}

/** Mean over patches of the squared Mahalanobis distance under one Gaussian of all patches. */
function gaussian(normal: readonly Frames[]): (patches: Frames) => number {
  const rows = normal.flatMap(rowsOf)
  const size = rows[0]!.length
  const middle = Array.from({ length: size }, (_, i) => mean(rows.map((row) => row[i]!)))
  const covariance = new Float64Array(size * size)
  for (const row of rows) {
    for (let a = 0; a < size; a++) {
      const left = (row[a]! - middle[a]!) / rows.length
      for (let b = 0; b < size; b++) covariance[a * size + b]! += left * (row[b]! - middle[b]!)
    }
  }
  for (let a = 0; a < size; a++) covariance[a * size + a]! += 0.05
  const { inverse } = invertMatrix(covariance, size)
  const distance = (row: Float64Array) => {
    let sum = 0
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++)
        sum += (row[a]! - middle[a]!) * inverse[a * size + b]! * (row[b]! - middle[b]!)
    return sum
  }
  return (patches) => mean(rowsOf(patches).map(distance))
}

/** What one would try first, each fitted on the recordings that trained the flow. */
export function contentBaselines(normal: readonly Frames[]): ContentBaseline[] {
  const level = (patches: Frames) =>
    Math.log(mean(rowsOf(patches).map((row) => mean(Array.from(row, Math.exp)))))
  const usual = median(normal.map(level))
  const known = normal.map(bandStatistics)
  const middle = known[0]!.map((_, i) => mean(known.map((each) => each[i]!)))
  const spread = known[0]!.map((_, i) => deviation(known.map((each) => each[i]!)) + 0.1)
  const distance = (a: readonly number[], b: readonly number[]) =>
    mean(a.map((value, i) => ((value - b[i]!) / spread[i]!) ** 2))
  const subspace = principalSubspace(normal.flatMap(rowsOf), subspaceSize)
  return [
    { name: 'level', score: (patches) => Math.abs(level(patches) - usual) },
    { name: 'Mahalanobis of statistics', score: (patches) => distance(bandStatistics(patches), middle) },
    {
      name: 'nearest neighbour',
      score: (patches) => {
        const own = bandStatistics(patches)
        return Math.min(...known.map((each) => distance(own, each)))
      },
    },
    { name: 'Gaussian of patches', score: gaussian(normal) },
    { name: 'mel reconstruction', score: (patches) => unexplainedShare(rowsOf(patches), subspace) },
  ]
}
