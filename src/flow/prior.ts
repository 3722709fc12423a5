import { tf } from '../tfjs.js'
import { sumPerItem } from './bijector.js'

/** log N(z; 0, 1) in nats with the constant, summed over time and channels: [batch]. */
export function priorLogProbability(z: tf.Tensor3D): tf.Tensor1D {
  const constant = -0.5 * Math.log(2 * Math.PI) * z.shape[1] * z.shape[2]
  return tf.add(tf.mul(sumPerItem(tf.square(z)), -0.5), constant)
}
