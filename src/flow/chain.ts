import * as tf from '@tensorflow/tfjs-core'
import { type Bijector, evenForwardResult, forwardResult, type Layer } from './bijector.js'
import { type Carry, scopeCarry, zeroCarry } from './carry.js'
import { delayedCondition } from './delayed-condition.js'
import { type ParameterSpecs, prefixSpecs, scopeWeights } from './parameters.js'

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

function boundChain(bijectors: readonly Bijector[]): Bijector {
  const scoped = (index: number, carry: Carry) => scopeCarry(`${index}`, carry)
  return {
    forward(x, condition, carry = zeroCarry) {
      let { z, logDetByStep } = evenForwardResult(x)
      bijectors.forEach((bijector, index) => {
        const next = bijector.forward(z, condition, scoped(index, carry))
        z = next.z
        logDetByStep = tf.add(atSteps(logDetByStep, z.shape[1]), next.logDetByStep)
      })
      return forwardResult(z, logDetByStep)
    },
    inverse(z, condition, carry = zeroCarry) {
      let known = condition
      return bijectors.reduceRight((y, bijector, index) => {
        const x = bijector.inverse(y, known, scoped(index, carry))
        if (carry.isChunked) known = delayedCondition(known, scoped(index, carry), bijector.delay ?? 0)
        return x
      }, z)
    },
    delay: bijectors.reduce((sum, bijector) => sum + (bijector.delay ?? 0), 0),
  }
}
