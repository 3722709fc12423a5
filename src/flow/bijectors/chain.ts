import * as tf from '@tensorflow/tfjs-core'
import { type Bijector, evenForwardResult, forwardResult, type Layer } from '../bijector.js'
import { type Carry, delayed, scopeCarry, zeroCarry } from '../carry.js'
import { delayedCondition } from '../networks/delayed-condition.js'
import { type ParameterSpecs, prefixSpecs, scopeWeights } from '../parameters.js'

/**
 * One bijector after the other: z = f_n(… f_1(x)), log-determinants add up.
 *
 * @param layers in the order from audio to noise; their weights are named `<index>.<name>`
 */
export function chain(layers: readonly Layer[]): Layer {
  const parameters: ParameterSpecs = Object.assign(
    {},
    ...layers.map((layer, index) => prefixSpecs(`${index}`, layer.parameters)),
  )
  return {
    parameters,
    bind(weights) {
      const bound = layers.map((layer, index) => layer.bind(scopeWeights(`${index}`, weights)))
      return boundChain(bound)
    },
  }
}

/** After a squeeze a step holds several of the steps before it. */
function atSteps(logDetByStep: tf.Tensor2D, steps: number): tf.Tensor2D {
  const [batch, before] = logDetByStep.shape
  return before === steps ? logDetByStep : tf.sum(tf.reshape(logDetByStep, [batch, steps, before / steps]), 2)
}

function delayedSteps(carry: Carry, byStep: tf.Tensor2D, steps: number): tf.Tensor2D {
  if (steps === 0) return byStep
  const late = delayed(carry, 'late.logDet', tf.expandDims(byStep, 2) as tf.Tensor3D, steps)
  return tf.squeeze(late, [2])
}

function boundChain(bijectors: readonly Bijector[]): Bijector {
  const scoped = (index: number, carry: Carry) => scopeCarry(`${index}`, carry)
  return {
    forward(x, condition, carry = zeroCarry) {
      let { z, logDetByStep } = evenForwardResult(x)
      let known = condition
      bijectors.forEach((bijector, index) => {
        const delay = bijector.delay ?? 0
        const next = bijector.forward(z, known, scoped(index, carry))
        const before = delayedSteps(scoped(index, carry), logDetByStep, delay)
        z = next.z
        logDetByStep = tf.add(atSteps(before, z.shape[1]), next.logDetByStep)
        known = delayedCondition(known, scoped(index, carry), delay)
      })
      return forwardResult(z, logDetByStep)
    },
    inverse(z, condition, carry = zeroCarry) {
      let known = condition
      return bijectors.reduceRight((y, bijector, index) => {
        const x = bijector.inverse(y, known, scoped(index, carry))
        known = delayedCondition(known, scoped(index, carry), bijector.delay ?? 0)
        return x
      }, z)
    },
    delay: bijectors.reduce((sum, bijector) => sum + (bijector.delay ?? 0), 0),
  }
}
