import '../../../engine/runtime/gradients.js'
import type { Compiled, Engine, NamedTensors } from '../../../engine/index.js'
import type { Layer } from '../../../flow/bijector.js'
import type { Shape } from '../../../flow/parameters.js'
import { weightShapes, weightsFrom } from '../../../models/weight-inputs.js'
import { tf } from '../../../tfjs.js'
import { gradientKey } from '../../../training/train-step.js'
import { negativeLogLikelihood } from '../flow.js'

export function trainedNames({ parameters }: Layer): string[] {
  return Object.keys(parameters).filter((name) => parameters[name]!.trainable)
}

/**
 * The loss and its gradients as one graph. Inputs: `x` [batch, patches, melBands] and `weight:…`; outputs: `nll`, nats a
 * value, and `gradient:…` of the weights that are trained.
 */
export function compileContentStep(engine: Engine, flow: Layer, patches: Shape): Promise<Compiled> {
  const trained = trainedNames(flow)
  const step = (inputs: NamedTensors): NamedTensors => {
    const weights = weightsFrom(inputs, flow.parameters)
    const { value, grads } = tf.valueAndGrads((...values: tf.Tensor[]) => {
      const changed = Object.fromEntries(trained.map((name, i) => [name, values[i]!]))
      return negativeLogLikelihood(flow.bind({ ...weights, ...changed }), inputs['x'] as tf.Tensor3D)
    })(trained.map((name) => weights[name]!))
    const gradients = trained.map((name, i) => [gradientKey(name), grads[i]!])
    return { nll: tf.reshape(value, [1]), ...Object.fromEntries(gradients) }
  }
  return engine.compile(step, { x: patches, ...weightShapes(flow.parameters) }, { name: 'content-step' })
}

/** The loss alone, for validation. */
export function compileContentLoss(engine: Engine, flow: Layer, patches: Shape): Promise<Compiled> {
  const loss = (inputs: NamedTensors): NamedTensors => {
    const bound = flow.bind(weightsFrom(inputs, flow.parameters))
    return { nll: tf.reshape(negativeLogLikelihood(bound, inputs['x'] as tf.Tensor3D), [1]) }
  }
  return engine.compile(loss, { x: patches, ...weightShapes(flow.parameters) }, { name: 'content-loss' })
}
