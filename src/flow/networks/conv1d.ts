import { tf } from '../../tfjs.js'

/** x: [batch, time, in], weights: [in, out], bias: [out] → [batch, time, out]. */
export function linear(x: tf.Tensor3D, weights: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor3D {
  const [batch, time, channels] = x.shape
  const product = tf.matMul(tf.reshape(x, [batch * time, channels]) as tf.Tensor2D, weights)
  const result = bias === undefined ? product : tf.add(product, bias)
  return tf.reshape(result, [batch, time, weights.shape[1]])
}

/**
 * Dilated convolution without padding. x: [batch, time + (kernelSize - 1) * dilation, in], weights:
 * [kernelSize * in, out] → [batch, time, out].
 *
 * The taps are laid side by side and multiplied once: no transposes, close to the speed of a bare matrix
 * product, and differentiable (TF.js has no gradient for a dilated conv2d).
 */
export function dilatedConv1d(
  x: tf.Tensor3D,
  weights: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  kernelSize: number,
  dilation: number,
): tf.Tensor3D {
  if (kernelSize === 1) return linear(x, weights, bias)
  const [batch, padded, channels] = x.shape
  const time = padded - (kernelSize - 1) * dilation
  const taps = Array.from({ length: kernelSize }, (_, tap) =>
    tf.slice(x, [0, tap * dilation, 0], [batch, time, channels]),
  )
  return linear(tf.concat(taps, 2), weights, bias)
}
