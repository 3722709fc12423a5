import * as tf from '@tensorflow/tfjs-core'
import { forwardResult, type Layer } from '../bijector.js'
import { delayed, scopeCarry, zeroCarry } from '../carry.js'
import { type ParameterSpecs, prefixSpecs, scopeWeights } from '../parameters.js'

/**
 * The first `early` channels leave the flow here, the others go on through `rest`
 * (WaveGlow, Prenger et al. 2018, section 2.3: early outputs): z = [x_early, rest(x_others)].
 */
export function earlyOutput(early: number, rest: Layer): Layer {
  const parameters: ParameterSpecs = prefixSpecs('rest', rest.parameters)
  const separate = (x: tf.Tensor3D) =>
    tf.split(x, [early, x.shape[2] - early], 2) as [tf.Tensor3D, tf.Tensor3D]
  return {
    parameters,
    bind(weights) {
      const inner = rest.bind(scopeWeights('rest', weights))
      const delay = inner.delay ?? 0
      return {
        forward(x, condition, carry = zeroCarry) {
          const [out, others] = separate(x)
          const { z, logDetByStep } = inner.forward(others, condition, scopeCarry('rest', carry))
          return forwardResult(tf.concat([delayed(carry, 'early', out, delay), z], 2), logDetByStep)
        },
        inverse(z, condition, carry = zeroCarry) {
          const [out, others] = separate(z)
          const late = delayed(carry, 'early', out, delay)
          return tf.concat([late, inner.inverse(others, condition, scopeCarry('rest', carry))], 2)
        },
        delay,
      }
    },
  }
}
