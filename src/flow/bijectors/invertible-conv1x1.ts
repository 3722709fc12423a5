import { invertMatrix } from '../../numeric/matrix.js'
import { tf } from '../../tfjs.js'
import { type Bijector, expectChannels, type Layer, withConstantLogDet } from '../bijector.js'
import { linear } from '../networks/conv1d.js'
import { fixed, type HostTensor, type Weights, weight, zeros } from '../parameters.js'
import { type Permutation, permutationMatrix } from './permutation.js'

/**
 * Invertible 1x1 convolution, x · W over channels (Glow, Kingma and Dhariwal 2018, section 3.2).
 *
 * A fixed permutation: logDet = 0, the inverse is the transpose, nothing is trained.
 */
export function permutationConv1x1(permutation: Permutation): Layer {
  const channels = permutation.length
  const backwards = permutation.map((_, target) => permutation.indexOf(target))
  return {
    parameters: {},
    bind: () => ({
      forward(x) {
        expectChannels('x', x, channels)
        return withConstantLogDet(0, permuted(x, permutation))
      },
      inverse(z) {
        expectChannels('z', z, channels)
        return permuted(z, backwards)
      },
    }),
  }
}

/** Beyond this many pieces a matrix product is quicker than cutting and joining. */
const maxPieces = 8

function permuted(x: tf.Tensor3D, permutation: Permutation): tf.Tensor3D {
  const [batch, time, channels] = x.shape
  const sources = permutation.map((_, target) => permutation.indexOf(target))
  const starts = sources.map((_, i) => i).filter((i) => i === 0 || sources[i] !== sources[i - 1]! + 1)
  if (starts.length > maxPieces) {
    return linear(x, tf.tensor2d(permutationMatrix(permutation), [channels, channels]))
  }
  const pieces = starts.map((start, piece) => {
    const length = (starts[piece + 1] ?? channels) - start
    return tf.slice(x, [0, 0, sources[start]!], [batch, time, length])
  })
  return pieces.length === 1 ? x : tf.concat(pieces, 2)
}

/**
 * The trained form W = P L (U + diag(s)) of Glow, equation 10: P a fixed permutation, L unit lower and U
 * strictly upper triangular, s = exp(logScale): P carries the sign of the determinant. logDet = time · Σ logScale.
 * It starts at W = P.
 *
 * TF.js has no triangular solve; the inverse of a unit triangular matrix I + N is the finite product
 * (I − N)(I + N²)(I + N⁴) …, exact since N is nilpotent, and it differentiates.
 */
export function luConv1x1(permutation: Permutation): Layer {
  const channels = permutation.length
  const square = [channels, channels] as const
  return {
    parameters: {
      permutation: fixed(square, () => permutationMatrix(permutation)),
      lower: zeros(square),
      upper: zeros(square),
      logScale: zeros([channels]),
    },
    bind(weights): Bijector {
      const parts = () => luParts(weights, channels)
      return {
        forward(x) {
          expectChannels('x', x, channels)
          const { p, lower, upper, logScale } = parts()
          const identity = tf.eye(channels)
          const l: tf.Tensor2D = tf.add(identity, lower)
          const u: tf.Tensor2D = tf.add(upper, tf.mul(identity, tf.exp(logScale)))
          return withConstantLogDet(tf.sum(logScale), linear(x, tf.matMul(tf.matMul(p, l), u)))
        },
        inverse(z) {
          expectChannels('z', z, channels)
          const { p, lower, upper, logScale } = parts()
          // U + diag(s) = (I + U diag(1/s)) diag(s)
          const inverseScale: tf.Tensor1D = tf.exp(tf.neg(logScale))
          const unitUpper: tf.Tensor2D = tf.mul(upper, inverseScale)
          const upperInverse = tf.mul(
            tf.reshape(inverseScale, [channels, 1]),
            unitInverse(unitUpper, channels),
          )
          const inverse = tf.matMul(tf.matMul(upperInverse, unitInverse(lower, channels)), p, false, true)
          return linear(z, inverse as tf.Tensor2D)
        },
      }
    },
  }
}

function luParts(weights: Weights, channels: number) {
  /** 1 below the diagonal, or above it. */
  const mask = (side: 'lower' | 'upper') => {
    const ones = new Float32Array(channels * channels)
    for (let row = 0; row < channels; row++) {
      if (side === 'lower') ones.fill(1, row * channels, row * channels + row)
      else ones.fill(1, row * channels + row + 1, (row + 1) * channels)
    }
    return tf.tensor2d(ones, [channels, channels])
  }
  const masked = (side: 'lower' | 'upper'): tf.Tensor2D =>
    tf.mul(weight<tf.Tensor2D>(weights, side), mask(side))
  return {
    p: weight<tf.Tensor2D>(weights, 'permutation'),
    lower: masked('lower'),
    upper: masked('upper'),
    logScale: weight<tf.Tensor1D>(weights, 'logScale'),
  }
}

function unitInverse(strict: tf.Tensor2D, size: number): tf.Tensor2D {
  let power: tf.Tensor2D = strict
  let inverse: tf.Tensor2D = tf.sub(tf.eye(size), strict)
  for (let reach = 2; reach < size; reach *= 2) {
    power = tf.matMul(power, power)
    inverse = tf.add(inverse, tf.matMul(inverse, power))
  }
  return inverse
}

/**
 * A dense matrix, as imported WaveGlow weights have it; `inverse` and `logAbsDet` are derived on load by
 * `denseConv1x1Weights`. Not for training: there the LU form keeps the determinant cheap.
 */
export function denseConv1x1(channels: number): Layer {
  const identity = () => permutationMatrix(Array.from({ length: channels }, (_, i) => i))
  return {
    parameters: {
      weight: fixed([channels, channels], identity),
      inverse: fixed([channels, channels], identity),
      logAbsDet: fixed([1], () => new Float32Array(1)),
    },
    bind: (weights) => ({
      forward(x) {
        expectChannels('x', x, channels)
        return withConstantLogDet(weight(weights, 'logAbsDet'), linear(x, weight(weights, 'weight')))
      },
      inverse(z) {
        expectChannels('z', z, channels)
        return linear(z, weight(weights, 'inverse'))
      },
    }),
  }
}

/**
 * Weights of `denseConv1x1` for W [channels, channels] (x · W), inverted once in float64.
 *
 * @throws GlowcastError INVALID_MODEL when W is singular
 */
export function denseConv1x1Weights(values: Float32Array, channels: number): Record<string, HostTensor> {
  const { inverse, logAbsDet } = invertMatrix(values, channels)
  const shape = [channels, channels]
  return {
    weight: { shape, data: values },
    inverse: { shape, data: Float32Array.from(inverse) },
    logAbsDet: { shape: [1], data: Float32Array.of(logAbsDet) },
  }
}
