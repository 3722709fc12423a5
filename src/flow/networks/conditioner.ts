import { tf } from '../../tfjs.js'
import { type Condition, partOf } from '../bijector.js'
import type { Carry } from '../carry.js'
import type { ParameterSpecs, Weights } from '../parameters.js'

/** A network over time. All tensors are [batch, time, channels]. */
interface Network {
  readonly parameters: ParameterSpecs
  /** Steps by which a chunked run is behind its input, since kernels look ahead. */
  readonly delay: number
  apply(weights: Weights, x: tf.Tensor3D, condition: Condition, carry: Carry): tf.Tensor3D
}

/** A network of any kind, still without its sizes: a coupling knows them. */
export type Conditioner = (inputChannels: number, outputChannels: number) => Network

/** A conditioner that sees the excitation beside its input. */
export function withExcitation(excitationChannels: number, conditioner: Conditioner): Conditioner {
  return (inputChannels, outputChannels) => {
    const network = conditioner(inputChannels + excitationChannels, outputChannels)
    return {
      ...network,
      apply(weights, x, condition, carry) {
        const excitation = partOf(condition, 'excitation', excitationChannels)
        return network.apply(weights, tf.concat([x, excitation], 2), condition, carry)
      },
    }
  }
}

/**
 * Whether that is a matrix of a conditioner. Coupling undoes exactly what its conditioner gave, however that was
 * rounded, so these may be narrower than float32; matrices that the signal itself goes through may not.
 */
export function isConditionerMatrix(weightName: string): boolean {
  return /\.(start|context|layer\d+|layer\d+\.output|end)\.weight$/.test(weightName)
}
