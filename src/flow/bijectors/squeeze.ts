import { shapeMismatch } from '../../errors.js'
import { plural } from '../../plural.js'
import { tf } from '../../tfjs.js'
import { type Layer, withConstantLogDet } from '../bijector.js'

/**
 * Neighbouring samples become channels: [batch, time * groupSize, c] ↔ [batch, time, groupSize * c].
 * A permutation, so logDet = 0. (WaveGlow, Prenger et al. 2018, section 2: "squeeze".)
 *
 * @throws GlowcastError SHAPE_MISMATCH when the time axis is no multiple of the group size
 */
export function squeeze(groupSize: number): Layer {
  return {
    parameters: {},
    bind: () => ({
      forward(x) {
        const [batch, time, channels] = x.shape
        if (time % groupSize !== 0) {
          throw shapeMismatch('squeeze', plural(time, 'step'), `a multiple of ${groupSize}`)
        }
        return withConstantLogDet(0, tf.reshape(x, [batch, time / groupSize, groupSize * channels]))
      },
      inverse(z) {
        const [batch, time, channels] = z.shape
        if (channels % groupSize !== 0) {
          throw shapeMismatch('squeeze', plural(channels, 'channel'), `a multiple of ${groupSize}`)
        }
        return tf.reshape(z, [batch, time * groupSize, channels / groupSize])
      },
    }),
  }
}
