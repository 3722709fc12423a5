import type { Frames } from '../../../audio/buffers/frames.js'
import { actnormWeightsFrom } from '../../../flow/bijectors/actnorm.js'
import type { HostTensor } from '../../../flow/parameters.js'

/** Of the variance of each value, added to it: some thousand patches do not tell a covariance exactly. */
const shrinkage = 0.02

/**
 * Initial weights of the two layers that a content flow starts with, an actnorm and a 1x1 convolution in LU form: they
 * make the training patches white, with mean 0. The flow starts as the Gaussian of the patches and can only gain.
 */
export function whiteningWeights({ data, channels }: Frames): Record<string, HostTensor> {
  const actnorm = actnormWeightsFrom(data, channels)
  const bias = actnorm['bias']!.data
  const scale = actnorm['logScale']!.data.map(Math.exp)
  const patches = data.length / channels
  const covariance = new Float64Array(channels * channels)
  const row = new Float64Array(channels)
  for (let patch = 0; patch < patches; patch++) {
    for (let i = 0; i < channels; i++) row[i] = (data[patch * channels + i]! + bias[i]!) * scale[i]!
    for (let i = 0; i < channels; i++) addScaled(covariance, i * channels, row, i, row[i]! / patches)
  }
  for (let i = 0; i < channels; i++) covariance[i * channels + i]! += shrinkage
  const upper = inverseOfUpper(upperFactor(covariance, channels), channels)
  const logScale = Float32Array.from({ length: channels }, (_, i) => Math.log(upper[i * channels + i]!))
  const strict = Float32Array.from(upper, (value, i) => (Math.floor(i / channels) < i % channels ? value : 0))
  return {
    '0.bias': actnorm['bias']!,
    '0.logScale': actnorm['logScale']!,
    '1.upper': { shape: [channels, channels], data: strict },
    '1.logScale': { shape: [channels], data: logScale },
  }
}

/** Adds the values of `row` from `from` on, times `factor`, to those of `sums` that lie `offset` further. */
function addScaled(
  sums: Float64Array,
  offset: number,
  row: Float64Array,
  from: number,
  factor: number,
): void {
  for (let i = from; i < row.length; i++) sums[offset + i]! += factor * row[i]!
}

/** R of Rᵀ R = A (Cholesky), from the upper triangle of A, row-major. */
function upperFactor(a: Float64Array, size: number): Float64Array {
  const r = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      let sum = a[i * size + j]!
      for (let k = 0; k < i; k++) sum -= r[k * size + i]! * r[k * size + j]!
      r[i * size + j] = i === j ? Math.sqrt(sum) : sum / r[i * size + i]!
    }
  }
  return r
}

/** x R⁻¹ has the identity as covariance when x has Rᵀ R. */
function inverseOfUpper(r: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size)
  for (let column = 0; column < size; column++) {
    for (let i = column; i >= 0; i--) {
      let sum = i === column ? 1 : 0
      for (let k = i + 1; k <= column; k++) sum -= r[i * size + k]! * inverse[k * size + column]!
      inverse[i * size + column] = sum / r[i * size + i]!
    }
  }
  return inverse
}
