import * as tf from '@tensorflow/tfjs-core'
import { type Bijector, type Layer, zeroLogDet } from './bijector.js'
import { type Carry, scopeCarry, zeroCarry } from './carry.js'
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

function boundChain(bijectors: readonly Bijector[]): Bijector {
  const scoped = (index: number, carry: Carry) => scopeCarry(`${index}`, carry)
  return {
    forward(x, condition, carry = zeroCarry) {
      let z = x
      let logDet = zeroLogDet(x)
      bijectors.forEach((bijector, index) => {
        const step = bijector.forward(z, condition, scoped(index, carry))
        z = step.z
        logDet = tf.add(logDet, step.logDet)
      })
      return { z, logDet }
    },
    inverse(z, condition, carry = zeroCarry) {
      return bijectors.reduceRight(
        (x, bijector, index) => bijector.inverse(x, condition, scoped(index, carry)),
        z,
      )
    },
  }
}
