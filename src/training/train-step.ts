import '../engine/gradients.js'
import * as tf from '@tensorflow/tfjs-core'
import type { Compiled, Engine, NamedTensors } from '../engine/index.js'
import type { ParameterSpecs, Shape, Weights } from '../flow/parameters.js'
import type { GlowcastModel } from '../models/glowcast.js'
import { weightKey } from '../models/glowcast-graphs.js'
import { batchShapes } from './batches.js'
import type { TrainingConfig, TrainingPhase } from './config.js'
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

const momentKey = (name: string) => `moment:${name}`
const varianceKey = (name: string) => `variance:${name}`

/** Names of a training state's tensors: weights, and for trained ones Adam's two moments. */
export function stateShapes(parameters: ParameterSpecs): Record<string, Shape> {
  const shapes: Record<string, Shape> = {}
  for (const [name, { shape, trainable }] of Object.entries(parameters)) {
    shapes[weightKey(name)] = shape
    if (trainable) {
      shapes[momentKey(name)] = shape
      shapes[varianceKey(name)] = shape
    }
  }
  return shapes
}

function weightShapes(parameters: ParameterSpecs): Record<string, Shape> {
  return Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [weightKey(name), shape]))
}

/** The weights that a phase trains: all, or those of the pitch network when it is all that the loss is of. */
export function trainedNames(parameters: ParameterSpecs, phase: TrainingPhase): string[] {
  const { likelihood, spectralEnergy, melConsistency } = phase
  const flow = likelihood + spectralEnergy + melConsistency > 0
  return Object.keys(parameters).filter(
    (name) => parameters[name]!.trainable && (flow || name.startsWith('pitch.')),
  )
}

function weightsFrom(inputs: NamedTensors, parameters: ParameterSpecs): Weights {
  return Object.fromEntries(Object.keys(parameters).map((name) => [name, inputs[weightKey(name)]!]))
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
  }
}

/** The terms as one vector, so that a step reads one small output. */
function figuresOf({ total, negativeLogLikelihood, spectralEnergy, melL1, pitch }: LossTerms): tf.Tensor1D {
  const scalars = [total, negativeLogLikelihood, spectralEnergy, melL1, pitch]
  return tf.stack(scalars.map((term) => tf.reshape(term, []))) as tf.Tensor1D
}

/** Reads the `figures` output. */
export function readFigures(outputs: Record<string, Float32Array>): LossFigures {
  const [total, nll, sed, melL1, pitch, gradientNorm] = outputs['figures']!
  return {
    total: total!,
    nll: nll!,
    sed: sed!,
    melL1: melL1!,
    pitch: pitch!,
    gradientNorm: gradientNorm!,
  }
}

/**
 * One whole optimiser step as one graph: loss, gradients, clipping by global norm and Adam
 * (Kingma and Ba 2015, algorithm 1). Inputs: the batch, the state and `rate`, `correction1`, `correction2`
 * (Adam's bias corrections 1 / (1 − β^t)); outputs: the new state and `figures`.
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
    const squares = grads.map((gradient) => tf.square(gradient))
    const norm = tf.sqrt(squares.map((square) => tf.sum(square)).reduce((sum, part) => tf.add(sum, part)))
    const clip = tf.div(config.clipNorm, tf.maximum(norm, config.clipNorm))
    const outputs: NamedTensors = { figures: tf.concat([figures!, tf.reshape(norm, [1])]) }
    figures!.dispose()
    trainable.forEach((name, i) => {
      Object.assign(
        outputs,
        adamUpdate(inputs, name, { gradient: grads[i]!, square: squares[i]!, clip }, config),
      )
    })
    return outputs
  }

  return engine.compile(
    step,
    {
      ...batchShapes(model, config),
      ...stateShapes(Object.fromEntries(trainable.map((name) => [name, parameters[name]!]))),
      ...weightShapes(parameters),
      rate: [],
      correction1: [],
      correction2: [],
    },
    { name: 'train-step' },
  )
}

/**
 * Adam on a gradient times `clip`. All factors that are scalars are multiplied first: a step is bound by how
 * often it passes over the parameters.
 */
function adamUpdate(
  inputs: NamedTensors,
  name: string,
  { gradient, square, clip }: { gradient: tf.Tensor; square: tf.Tensor; clip: tf.Tensor },
  { adamBeta1, adamBeta2 }: TrainingConfig,
): NamedTensors {
  const moment = tf.add(
    tf.mul(inputs[momentKey(name)]!, adamBeta1),
    tf.mul(gradient, tf.mul(clip, 1 - adamBeta1)),
  )
  const variance = tf.add(
    tf.mul(inputs[varianceKey(name)]!, adamBeta2),
    tf.mul(square, tf.mul(tf.square(clip), 1 - adamBeta2)),
  )
  // rate · c1 m / (√(c2 v) + ε) with the root of c2 taken out.
  const root = tf.sqrt(inputs['correction2']!)
  const rate = tf.div(tf.mul(inputs['rate']!, inputs['correction1']!), root)
  const deviation = tf.add(tf.sqrt(variance), tf.div(1e-8, root))
  const change = tf.mul(tf.div(moment, deviation), rate)
  return {
    [weightKey(name)]: tf.sub(inputs[weightKey(name)]!, change),
    [momentKey(name)]: moment,
    [varianceKey(name)]: variance,
  }
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
  }
  return engine.compile(
    (inputs) => {
      const terms = lossTerms(model, weightsFrom(inputs, model.parameters), batchFrom(inputs), everything)
      return { figures: tf.concat([figuresOf(terms), tf.zeros([1])]) }
    },
    { ...batchShapes(model, config), ...weightShapes(model.parameters) },
    { name: 'validation' },
  )
}
