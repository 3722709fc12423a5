import { tf } from '../../tfjs.js'
import { forwardResult, type Layer } from '../bijector.js'
import { zeroCarry } from '../carry.js'
import { aligned } from '../streaming.js'

/**
 * A layer behind early outputs (WaveGlow, Prenger et al. 2018, section 2.3): the first `early` channels have left the
 * flow, the layer maps the others. z = [x_early, layer(x_others)].
 */
export function earlyOutput(early: number, layer: Layer): Layer {
  if (early === 0) return layer
  const separate = (x: tf.Tensor3D) =>
    tf.split(x, [early, x.shape[2] - early], 2) as [tf.Tensor3D, tf.Tensor3D]
  return {
    parameters: layer.parameters,
    bind(weights) {
      const inner = layer.bind(weights)
      const { delay = 0 } = inner
      return {
        forward(x, condition, carry = zeroCarry) {
          const [out, others] = separate(x)
          const { z, logDetByStep } = inner.forward(others, condition, carry)
          const late = aligned(carry, delay, { out })
          return forwardResult(tf.concat([late.out, z], 2), logDetByStep)
        },
        inverse(z, condition, carry = zeroCarry) {
          const [out, others] = separate(z)
          const late = aligned(carry, delay, { out })
          return tf.concat([late.out, inner.inverse(others, condition, carry)], 2)
        },
        delay,
      }
    },
  }
}
