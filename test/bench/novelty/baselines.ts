import type { Frames } from '../../../src/audio/buffers/frames.js'
import { mean, populationStd } from '../../../src/numeric/stats.js'
import { gaussianMixture } from '../scoring/baselines/gaussian-mixture.js'
import { principalSubspace, unexplainedShare } from '../scoring/baselines/principal-subspace.js'
import { median } from '../scoring/figures.js'

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

/** Mean and deviation of each band over time. */
function bandStatistics(patches: Frames): number[] {
  const rows = rowsOf(patches)
  const bands = Array.from({ length: patches.channels }, (_, band) => rows.map((row) => row[band]!))
  return [...bands.map(mean), ...bands.map(populationStd)]
}

/** Mean over patches of −log of their density under a mixture of Gaussians. */
function mixture(
  normal: readonly Frames[],
  components: number,
  covariance: 'diagonal' | 'full',
): ContentBaseline {
  const logDensity = gaussianMixture(normal.flatMap(rowsOf), { components, covariance, seed: 1 })
  return {
    name: `${components} Gaussians, ${covariance}`,
    score: (patches) => -mean(rowsOf(patches).map(logDensity)),
  }
}

/** What one would try first, each fitted on the recordings that trained the flow. */
export function contentBaselines(normal: readonly Frames[]): ContentBaseline[] {
  const level = (patches: Frames) =>
    Math.log(mean(rowsOf(patches).map((row) => mean(Array.from(row, Math.exp)))))
  const usual = median(normal.map(level))
  const known = normal.map(bandStatistics)
  const middle = known[0]!.map((_, i) => mean(known.map((each) => each[i]!)))
  const spread = known[0]!.map((_, i) => populationStd(known.map((each) => each[i]!)) + 0.1)
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
    mixture(normal, 1, 'full'),
    mixture(normal, 4, 'full'),
    mixture(normal, 16, 'diagonal'),
    { name: 'mel reconstruction', score: (patches) => unexplainedShare(rowsOf(patches), subspace) },
  ]
}
