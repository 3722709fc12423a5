import { channelOf, mean, populationVariance } from '../../numeric/stats.js'
import { tf } from '../../tfjs.js'
import { expectChannels, type Layer, withConstantLogDet } from '../bijector.js'
import { type HostTensor, weight, zeros } from '../parameters.js'

/**
 * A scale and a shift for each channel: z = (x + bias) · exp(logScale), logDet = time · Σ logScale
 * (Glow, Kingma and Dhariwal 2018, section 3.1). Identity at zero.
 */
export function actnorm(channels: number): Layer {
  return {
    parameters: { bias: zeros([channels]), logScale: zeros([channels]) },
    bind: (weights) => ({
      forward(x) {
        expectChannels('x', x, channels)
        const logScale = weight<tf.Tensor1D>(weights, 'logScale')
        const z: tf.Tensor3D = tf.mul(tf.add(x, weight(weights, 'bias')), tf.exp(logScale))
        return withConstantLogDet(tf.sum(logScale), z)
      },
      inverse(z) {
        expectChannels('z', z, channels)
        const scaled = tf.mul(z, tf.exp(tf.neg(weight(weights, 'logScale'))))
        return tf.sub(scaled, weight(weights, 'bias'))
      },
    }),
  }
}

/**
 * Data-dependent initial weights: the first batch comes out with mean 0 and deviation 1 in each channel.
 *
 * @param x [frames, channels] row-major
 */
export function actnormWeightsFrom(x: Float32Array, channels: number): Record<string, HostTensor> {
  const bias = new Float32Array(channels)
  const logScale = new Float32Array(channels)
  for (let channel = 0; channel < channels; channel++) {
    const values = channelOf(x, channel, channels)
    bias[channel] = -mean(values)
    logScale[channel] = -0.5 * Math.log(Math.max(populationVariance(values), 1e-12))
  }
  return { bias: { shape: [channels], data: bias }, logScale: { shape: [channels], data: logScale } }
}
