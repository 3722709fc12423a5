import type { ParameterSpecs, Weights } from '../../flow/parameters.js'
import { tf } from '../../tfjs.js'
import type { GlowcastConfig } from '../config/model-config.js'
import { type MelConvolutionsConfig, melConvolutionParameters, melConvolutions } from './mel-convolutions.js'

/** F0 is told as one of these classes, a quarter of a semitone apart, and refined between them. */
const lowestHz = 50
const classesPerOctave = 48
export const pitchClasses = 168

/** F0 is averaged over this many classes on either side of the likeliest. */
const reach = 3

/** F0 and voicing are told as octaves above this. */
const referenceHz = 200

export interface PitchNetwork {
  readonly parameters: ParameterSpecs
  /** Normalised mel [batch, frames + 2 * lookahead, melBands] → logits [batch, frames] and [batch, frames, pitchClasses]. */
  logits(weights: Weights, mel: tf.Tensor3D): { voicing: tf.Tensor2D; pitch: tf.Tensor3D }
}

/** Convolutions on the mel that tell voicing, and F0 as a class. */
export function pitchNetwork(config: GlowcastConfig['pitch'], melBands: number): PitchNetwork {
  const convolutions: MelConvolutionsConfig = {
    melBands,
    channels: config.channels,
    kernelSizes: config.kernelSizes,
    outputs: 1 + pitchClasses,
    zeroOutput: true,
  }
  return {
    parameters: melConvolutionParameters(convolutions),
    logits(weights, mel) {
      const output = melConvolutions(convolutions, weights, mel)
      const [batch, frames] = output.shape
      const [voicing, pitch] = tf.split(output, [1, pitchClasses], 2) as [tf.Tensor3D, tf.Tensor3D]
      return { voicing: tf.reshape(voicing, [batch, frames]), pitch }
    },
  }
}

function classPositions(): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: pitchClasses }, (_, index) => index))
}

/** Position of an F0 among the classes: [batch, frames] octaves above 200 Hz → [batch, frames]. */
function positionOf(octaves: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.add(octaves, Math.log2(referenceHz / lowestHz)), classesPerOctave)
}

/** The mean of the classes around the likeliest, weighted by their probability: octaves above 200 Hz. */
export function decodePitch(logits: tf.Tensor3D): tf.Tensor2D {
  const [batch, frames] = logits.shape
  const best = tf.reshape(tf.cast(tf.argMax(logits, 2), 'float32'), [batch, frames, 1])
  const distance = tf.sub(classPositions(), best)
  const near = tf.cast(tf.lessEqual(tf.abs(distance), reach), 'float32')
  const weights = tf.mul(tf.softmax(logits), near)
  const offset = tf.div(tf.sum(tf.mul(weights, distance), 2, true), tf.sum(weights, 2, true))
  const position = tf.reshape(tf.add(best, offset), [batch, frames]) as tf.Tensor2D
  return tf.sub(tf.div(position, classesPerOctave), Math.log2(referenceHz / lowestHz))
}

/**
 * Cross-entropy, in nats, of the classes against a bell around each frame's F0, one class wide, as CREPE does
 * (Kim et al. 2018). [batch, frames, pitchClasses], [batch, frames] → [batch, frames].
 */
export function pitchCrossEntropy(logits: tf.Tensor3D, octaves: tf.Tensor2D): tf.Tensor2D {
  const [batch, frames] = octaves.shape
  const distance = tf.sub(classPositions(), tf.reshape(positionOf(octaves), [batch, frames, 1]))
  const bell = tf.exp(tf.mul(tf.square(distance), -0.5))
  const wanted = tf.div(bell, tf.add(tf.sum(bell, 2, true), 1e-6))
  return tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), 2) as tf.Tensor2D)
}

export function octavesToHz(octaves: number): number {
  return referenceHz * 2 ** octaves
}

export function hzToOctaves(f0Hz: number): number {
  return Math.log2(f0Hz / referenceHz)
}
