import * as tf from '@tensorflow/tfjs-core'
import { type Carry, zeroCarry } from '../carry.js'
import { normal, type ParameterSpecs, type Weights, weight, zeros } from '../parameters.js'
import { linear } from './conv1d.js'
import { contextProjections, gatedUnit, outerParameters } from './wavenet.js'
import type { WavenetConfig } from './wavenet-config.js'
import { wavenetTiming } from './wavenet-timing.js'

/**
 * The conditioner of SqueezeWave (Zhai et al. 2020, section 3.2): as WN, but each gated convolution is a
 * depthwise one followed by a pointwise one, and there are no skip connections: the residual itself goes to
 * the last layer. Batch normalisation is folded into the depthwise weights.
 */
export function separableWavenetParameters(config: WavenetConfig): ParameterSpecs {
  const { channels, layers, kernelSize } = config
  const specs = outerParameters(config)
  for (let layer = 0; layer < layers; layer++) {
    specs[`layer${layer}.depthwise.weight`] = normal([kernelSize, channels], 1 / Math.sqrt(kernelSize))
    specs[`layer${layer}.depthwise.bias`] = zeros([channels])
    specs[`layer${layer}.weight`] = normal([channels, 2 * channels], 1 / Math.sqrt(channels))
    specs[`layer${layer}.bias`] = zeros([2 * channels])
    specs[`layer${layer}.output.weight`] = normal([channels, channels], 1 / Math.sqrt(channels))
    specs[`layer${layer}.output.bias`] = zeros([channels])
  }
  return specs
}

/** Inputs and output as those of `wavenet`. */
export function separableWavenet(
  config: WavenetConfig,
  weights: Weights,
  x: tf.Tensor3D,
  context: tf.Tensor3D,
  carry: Carry = zeroCarry,
): tf.Tensor3D {
  const { layers } = config
  const at2 = (name: string) => weight<tf.Tensor2D>(weights, name)
  const at1 = (name: string) => weight<tf.Tensor1D>(weights, name)
  const timing = wavenetTiming(config, carry, context)
  const projections = contextProjections(config, weights, timing.context)
  let residual = linear(x, at2('start.weight'), at1('start.bias'))
  for (let layer = 0; layer < layers; layer++) {
    const { taps, centre } = timing.widen(layer, residual)
    const depthwise = depthwiseConv1d(
      taps,
      at2(`layer${layer}.depthwise.weight`),
      at1(`layer${layer}.depthwise.bias`),
      config.dilationBase ** layer,
    )
    const pointwise = linear(depthwise, at2(`layer${layer}.weight`), at1(`layer${layer}.bias`))
    const gated = gatedUnit(tf.add(pointwise, projections[layer]!))
    const output = linear(gated, at2(`layer${layer}.output.weight`), at1(`layer${layer}.output.bias`))
    residual = tf.add(centre, output)
  }
  return linear(residual, at2('end.weight'), at1('end.bias'))
}

/** x: [batch, time + (kernelSize - 1) * dilation, channels], weights: [kernelSize, channels]. */
function depthwiseConv1d(
  x: tf.Tensor3D,
  weights: tf.Tensor2D,
  bias: tf.Tensor1D,
  dilation: number,
): tf.Tensor3D {
  const [kernelSize, channels] = weights.shape
  const [batch, padded] = x.shape
  const time = padded - (kernelSize - 1) * dilation
  const products = Array.from({ length: kernelSize }, (_, tap): tf.Tensor3D => {
    const tapWeights = tf.reshape(tf.slice(weights, [tap, 0], [1, channels]), [channels])
    return tf.mul(tf.slice(x, [0, tap * dilation, 0], [batch, time, channels]), tapWeights)
  })
  return products.reduce(
    (sum, product): tf.Tensor3D => tf.add(sum, product),
    bias as tf.Tensor as tf.Tensor3D,
  )
}
