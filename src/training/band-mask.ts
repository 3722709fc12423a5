import { tf } from '../tfjs.js'

/** Over so many Hz a mask falls from 0.73 to 0.27. */
const slopeHz = 100

/**
 * 1 at the frequencies that a recording holds, 0 above its band.
 *
 * @param bandwidthHz [batch]
 * @param frequencies in Hz, one a bin
 * @returns [batch, 1, bins]
 */
export function bandMask(bandwidthHz: tf.Tensor1D, frequencies: readonly number[]): tf.Tensor3D {
  const limit = tf.reshape(bandwidthHz, [bandwidthHz.size, 1, 1])
  const bins = tf.tensor3d([...frequencies], [1, 1, frequencies.length])
  return tf.sigmoid(tf.mul(tf.sub(limit, bins), 2 / slopeHz)) as tf.Tensor3D
}

/**
 * MDCT coefficients whose upper band, which the recording lacks, comes from a sample of the model for the same mel: the
 * gradient of a model's log-likelihood is 0 in the mean on its own samples, so that likelihood teaches nothing there.
 *
 * @param recording [batch, groups, groupSize]
 * @param sample of the same shape; no gradient flows into it
 */
export function fillBand(
  recording: tf.Tensor3D,
  sample: tf.Tensor3D,
  bandwidthHz: tf.Tensor1D,
  sampleRate: number,
): tf.Tensor3D {
  const groupSize = recording.shape[2]
  const binHz = sampleRate / (2 * groupSize)
  const mask = bandMask(
    bandwidthHz,
    Array.from({ length: groupSize }, (_, k) => (k + 0.5) * binHz),
  )
  const held = tf.mul(recording, mask)
  return tf.add(held, tf.mul(withoutGradient(sample), tf.sub(1, mask))) as tf.Tensor3D
}

function withoutGradient(x: tf.Tensor3D): tf.Tensor3D {
  const stopped = tf.customGrad((value) => ({
    value: tf.clone(value as tf.Tensor),
    gradFunc: (dy) => tf.zerosLike(dy),
  }))
  return stopped(x) as tf.Tensor3D
}
