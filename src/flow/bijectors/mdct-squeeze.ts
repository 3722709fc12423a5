import { invalidConfig, shapeMismatch } from '../../errors.js'
import { plural } from '../../plural.js'
import { tf } from '../../tfjs.js'
import { expectChannels, type Layer, withConstantLogDet } from '../bijector.js'
import { linear } from '../networks/conv1d.js'

/**
 * The MDCT as a squeeze: [batch, time * groupSize, 1] ↔ [batch, time, groupSize].
 *
 * Written as its two orthonormal halves (Malvar 1990, "Lapped transforms"): rotations of sample pairs
 * mirrored at each block boundary, then a DST-IV in each block. The outer boundaries are not rotated, so
 * the map is an orthonormal bijection of the whole signal and logDet = 0. It equals `mdct` of src/audio.
 *
 * @param groupSize even; the hop of the transform
 * @throws GlowcastError SHAPE_MISMATCH when the time axis is no multiple of the group size
 */
export function mdctSqueeze(groupSize: number): Layer {
  if (groupSize < 2 || groupSize % 2 !== 0) {
    throw invalidConfig('groupSize', `${groupSize}`, 'an even number of at least 2')
  }
  const transform = dst4Matrix(groupSize)
  return {
    parameters: {},
    bind: () => ({
      forward(x) {
        expectChannels('mdctSqueeze', x, 1)
        const [batch, samples] = x.shape
        if (samples % groupSize !== 0) {
          throw shapeMismatch('mdctSqueeze', plural(samples, 'sample'), `a multiple of ${groupSize}`)
        }
        const blocks = tf.reshape(x, [batch, samples / groupSize, groupSize]) as tf.Tensor3D
        const rotated = rotateBoundaries(blocks, 1)
        return withConstantLogDet(0, linear(rotated, tf.tensor2d(transform, [groupSize, groupSize])))
      },
      inverse(z) {
        expectChannels('mdctSqueeze', z, groupSize)
        const [batch, time] = z.shape
        const matrix = tf.transpose(tf.tensor2d(transform, [groupSize, groupSize])) as tf.Tensor2D
        const blocks = linear(z, matrix)
        return tf.reshape(rotateBoundaries(blocks, -1), [batch, time * groupSize, 1])
      },
    }),
  }
}

/** Orthonormal; the alternating sign is the one that the MDCT's usual phase term gives. */
function dst4Matrix(size: number): Float32Array {
  const matrix = new Float32Array(size * size)
  for (let n = 0; n < size; n++) {
    for (let k = 0; k < size; k++) {
      const sign = k % 2 === 0 ? -1 : 1
      matrix[n * size + k] = sign * Math.sqrt(2 / size) * Math.sin((Math.PI / size) * (n + 0.5) * (k + 0.5))
    }
  }
  return matrix
}

/** direction 1 folds the signal's window into its blocks, -1 takes that back. blocks: [batch, time, groupSize]. */
function rotateBoundaries(blocks: tf.Tensor3D, direction: 1 | -1): tf.Tensor3D {
  const [batch, time, groupSize] = blocks.shape
  if (time < 2) return blocks
  const half = groupSize / 2
  const near = new Float32Array(half)
  const far = new Float32Array(half)
  for (let n = 0; n < half; n++) {
    near[n] = Math.sin((Math.PI / (2 * groupSize)) * (n + 0.5 + half))
    far[n] = direction * Math.cos((Math.PI / (2 * groupSize)) * (n + 0.5 + half))
  }
  const [left, right] = tf.split(blocks, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
  const inner = (x: tf.Tensor3D, from: number) => tf.slice(x, [0, from, 0], [batch, time - 1, half])
  // Both halves as seen from their boundary, so that entry n is n samples away from it.
  const before = tf.reverse(inner(right, 0), 2)
  const after = inner(left, 1)
  const nearRow = tf.tensor1d(near)
  const farRow = tf.tensor1d(far)
  const newBefore = tf.add(tf.mul(before, nearRow), tf.mul(after, farRow))
  const newAfter = tf.sub(tf.mul(after, nearRow), tf.mul(before, farRow))
  const newLeft = tf.concat([tf.slice(left, [0, 0, 0], [batch, 1, half]), newAfter], 1)
  const newRight = tf.concat(
    [tf.reverse(newBefore, 2), tf.slice(right, [0, time - 1, 0], [batch, 1, half])],
    1,
  )
  return tf.concat([newLeft, newRight], 2) as tf.Tensor3D
}
