import '../engine/runtime/gradients.js'
import type { Compiled, Engine, NamedTensors } from '../engine/index.js'
import type { ParameterSpecs } from '../flow/parameters.js'
import type { GlowcastModel } from '../models/glowcast/model.js'
import { weightShapes, weightsFrom } from '../models/weight-inputs.js'
import { tf } from '../tfjs.js'
import { type TrainingConfig, type TrainingPhase, trainsFlow } from './config.js'
import { batchShapes } from './data/batches.js'
import { type BatchTensors, type LossTerms, lossTerms } from './losses.js'

/** Figures of one step or of one validation batch. */
export interface LossFigures {
  readonly total: number
  readonly nll: number
  readonly sed: number
  readonly melL1: number
  readonly pitch: number
  /** Norm of the gradient before clipping; 0 in validation. */
  readonly gradientNorm: number
}

export const gradientKey = (name: string) => `gradient:${name}`

/** The weights that a phase trains: all, or those of the pitch network when it is all that the loss is of. */
export function trainedNames(parameters: ParameterSpecs, phase: TrainingPhase): string[] {
  const flow = trainsFlow(phase)
  return Object.keys(parameters).filter(
    (name) => parameters[name]!.trainable && (flow || name.startsWith('pitch.')),
  )
}

function batchFrom(inputs: NamedTensors): BatchTensors {
  return {
    x: inputs['x'] as tf.Tensor3D,
    mel: inputs['mel'] as tf.Tensor3D,
    excitation: inputs['excitation'] as tf.Tensor3D | undefined,
    pitchMel: inputs['pitchMel'] as tf.Tensor3D,
    voiced: inputs['voiced'] as tf.Tensor2D,
    octaves: inputs['octaves'] as tf.Tensor2D,
    noise1: inputs['noise1'] as tf.Tensor3D,
    noise2: inputs['noise2'] as tf.Tensor3D,
    bandwidthHz: inputs['bandwidthHz'] as tf.Tensor1D,
  }
}

/** The terms as one vector, so that a step reads one small output. */
function figuresOf({ total, negativeLogLikelihood, spectralEnergy, melL1, pitch }: LossTerms): tf.Tensor1D {
  const scalars = [total, negativeLogLikelihood, spectralEnergy, melL1, pitch]
  return tf.stack(scalars.map((term) => tf.reshape(term, []))) as tf.Tensor1D
}

/** Reads the `figures` output; the norm is that of the gradients, 0 where there are none. */
export function readFigures(outputs: Record<string, Float32Array>, gradientNorm: number): LossFigures {
  const [total, nll, sed, melL1, pitch] = outputs['figures']!
  return { total: total!, nll: nll!, sed: sed!, melL1: melL1!, pitch: pitch!, gradientNorm }
}

/**
 * The loss and its gradients as one graph. Inputs: the batch and `weight:…`; outputs: `figures` and `gradient:…` of the
 * weights that the phase trains. `Adam` does the rest of a step.
 */
export function compileTrainStep(
  engine: Engine,
  model: GlowcastModel,
  config: TrainingConfig,
  phase: TrainingPhase,
): Promise<Compiled> {
  const { parameters } = model
  const trainable = trainedNames(parameters, phase)

  function step(inputs: NamedTensors): NamedTensors {
    const weights = weightsFrom(inputs, parameters)
    let figures: tf.Tensor1D | undefined
    const gradientsOf = tf.valueAndGrads((...values: tf.Tensor[]) => {
      const changed = Object.fromEntries(trainable.map((name, i) => [name, values[i]!]))
      const terms = lossTerms(model, { ...weights, ...changed }, batchFrom(inputs), phase)
      // valueAndGrads disposes all but the loss.
      figures = tf.keep(figuresOf(terms))
      return tf.reshape(terms.total, []) as tf.Scalar
    })
    const { grads } = gradientsOf(trainable.map((name) => weights[name]!))
    const outputs: NamedTensors = { figures: tf.clone(figures!) }
    figures!.dispose()
    trainable.forEach((name, i) => {
      outputs[gradientKey(name)] = grads[i]!
    })
    return outputs
  }

  return engine.compile(
    step,
    { ...batchShapes(model, config), ...weightShapes(parameters) },
    { name: 'train-step' },
  )
}

/** The loss terms alone, all of them computed, for validation. */
export function compileValidation(
  engine: Engine,
  model: GlowcastModel,
  config: TrainingConfig,
): Promise<Compiled> {
  const everything: TrainingPhase = {
    steps: 1,
    learningRate: 1,
    likelihood: 1,
    spectralEnergy: 1,
    melConsistency: 1,
    pitch: 1,
    melProjection: Math.max(...config.phases.map((phase) => phase.melProjection)),
    phaseProducts: Math.max(...config.phases.map((phase) => phase.phaseProducts)),
  }
  return engine.compile(
    (inputs) => {
      const terms = lossTerms(model, weightsFrom(inputs, model.parameters), batchFrom(inputs), everything)
      return { figures: figuresOf(terms) }
    },
    { ...batchShapes(model, config), ...weightShapes(model.parameters) },
    { name: 'validation' },
  )
}
