import * as tf from '@tensorflow/tfjs-core'
import { sumPerItem } from './bijector.js'
import { fillNormal } from './random.js'

/** log N(z; 0, 1) in nats with the constant, summed over time and channels: [batch]. */
export function priorLogProbability(z: tf.Tensor3D): tf.Tensor1D {
  const constant = -0.5 * Math.log(2 * Math.PI) * z.shape[1] * z.shape[2]
  return tf.add(tf.mul(sumPerItem(tf.square(z)), -0.5), constant)
}

/** Noise stream of the generator that synthesis uses; others are free for training. */
const synthesisStream = 0

/**
 * z ~ N(0, temperature²) for groups `firstGroup … firstGroup + groups - 1`: [groups, channels] row-major.
 * A value depends on the seed and its position only, so that chunking cannot change it.
 */
export function samplePrior(
  seed: number,
  firstGroup: number,
  groups: number,
  channels: number,
  temperature: number,
): Float32Array {
  const z = new Float32Array(groups * channels)
  fillNormal(z, seed, synthesisStream, firstGroup * channels)
  if (temperature !== 1) for (let i = 0; i < z.length; i++) z[i] = temperature * z[i]!
  return z
}
