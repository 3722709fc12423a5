import { tf } from '../../tfjs.js'
import { type Bijector, forwardResult, type Layer, withConstantLogDet } from '../bijector.js'
import { scopeCarry, zeroCarry } from '../carry.js'
import { type ParameterSpecs, prefixSpecs, scopeWeights } from '../parameters.js'
import { aligned } from '../streaming.js'

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
    bind: (weights) =>
      boundChain(layers.map((layer, index) => layer.bind(scopeWeights(`${index}`, weights)))),
  }
}

function boundChain(bijectors: readonly Bijector[]): Bijector {
  return {
    forward(x, condition = {}, carry = zeroCarry) {
      let { z, logDetByStep } = withConstantLogDet(0, x)
      let known = condition
      bijectors.forEach((bijector, index) => {
        const { delay = 0 } = bijector
        const scope = scopeCarry(`${index}`, carry)
        const next = bijector.forward(z, known, scope)
        const before = aligned(scope, delay, { logDetByStep }).logDetByStep
        z = next.z
        logDetByStep = tf.add(atSteps(before, z.shape[1]), next.logDetByStep)
        known = aligned(scope, delay, known)
      })
      return forwardResult(z, logDetByStep)
    },
    inverse(z, condition = {}, carry = zeroCarry) {
      let known = condition
      return bijectors.reduceRight((y, bijector, index) => {
        const scope = scopeCarry(`${index}`, carry)
        const x = bijector.inverse(y, known, scope)
        known = aligned(scope, bijector.delay ?? 0, known)
        return x
      }, z)
    },
    delay: bijectors.reduce((sum, { delay = 0 }) => sum + delay, 0),
  }
}

/** After a squeeze a step holds several of the steps before it. */
function atSteps(logDetByStep: tf.Tensor2D, steps: number): tf.Tensor2D {
  const [batch, before] = logDetByStep.shape
  return before === steps ? logDetByStep : tf.sum(tf.reshape(logDetByStep, [batch, steps, before / steps]), 2)
}
