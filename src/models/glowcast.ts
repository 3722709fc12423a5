import * as tf from '@tensorflow/tfjs-core'
import { melPresets } from '../audio/mel.js'
import { GlowcastError } from '../errors.js'
import type { Bijector, Condition } from '../flow/bijector.js'
import { type ParameterSpecs, prefixSpecs, scopeWeights, type Weights } from '../flow/parameters.js'
import { buildFlow } from './build-flow.js'
import type { GlowcastConfig } from './config.js'
import {
  lookaheadOf,
  type MelConvolutionsConfig,
  melConvolutionParameters,
  melConvolutions,
} from './mel-convolutions.js'

/** F0 is predicted in octaves above this, so that the outputs lie around 0. */
const pitchReferenceHz = 200

/** The networks of a `glowcast` model bound to weights; all tensors at batch B. */
export interface BoundGlowcast {
  /** Between MDCT coefficients [B, groups, groupSize] and noise. */
  readonly flow: Bijector
  /** Normalised mel [B, frames + 2 * lookahead, melBands] → [B, frames * groupsPerFrame, contextChannels]. */
  context(mel: tf.Tensor3D): tf.Tensor3D
  /** Normalised mel [B, frames + 2 * pitchLookahead, melBands] → voicing logits and log2(F0 / 200 Hz), [B, frames]. */
  pitch(mel: tf.Tensor3D): { voicingLogit: tf.Tensor2D; octaves: tf.Tensor2D }
}

export interface GlowcastModel {
  readonly config: GlowcastConfig
  readonly parameters: ParameterSpecs
  readonly groupsPerFrame: number
  /** Mel frames after the current one that the context needs. */
  readonly lookahead: number
  readonly pitchLookahead: number
  bind(weights: Weights): BoundGlowcast
}

/** @throws GlowcastError INVALID_CONFIG when the group size does not divide the mel's hop */
export function glowcastModel(config: GlowcastConfig): GlowcastModel {
  const mel = melPresets[config.mel]
  if (mel.hopLength % config.groupSize !== 0) {
    throw new GlowcastError(
      'INVALID_CONFIG',
      'groupSize',
      `${config.groupSize}`,
      `a divisor of the mel's hopLength ${mel.hopLength}`,
    )
  }
  const groupsPerFrame = mel.hopLength / config.groupSize
  const contextNetwork: MelConvolutionsConfig = {
    melBands: mel.melBands,
    channels: config.context.channels,
    kernelSizes: config.context.kernelSizes,
    outputs: groupsPerFrame * config.context.outputChannels,
    zeroOutput: false,
  }
  const pitchNetwork: MelConvolutionsConfig = {
    melBands: mel.melBands,
    channels: config.pitch.channels,
    kernelSizes: config.pitch.kernelSizes,
    outputs: 2,
    zeroOutput: true,
  }
  const flow = buildFlow(config.flow, {
    channels: config.groupSize,
    contextChannels: config.context.outputChannels,
    excitationChannels: config.excitation ? 2 * config.groupSize : 0,
  })
  return {
    config,
    groupsPerFrame,
    lookahead: lookaheadOf(config.context.kernelSizes),
    pitchLookahead: lookaheadOf(config.pitch.kernelSizes),
    parameters: {
      ...prefixSpecs('context', melConvolutionParameters(contextNetwork)),
      ...prefixSpecs('flow', flow.parameters),
      ...prefixSpecs('pitch', melConvolutionParameters(pitchNetwork)),
    },
    bind: (weights) => ({
      flow: flow.bind(scopeWeights('flow', weights)),
      context(normalized) {
        const output = melConvolutions(contextNetwork, scopeWeights('context', weights), normalized)
        const [batch, frames] = output.shape
        return tf.reshape(output, [batch, frames * groupsPerFrame, config.context.outputChannels])
      },
      pitch(normalized) {
        const output = melConvolutions(pitchNetwork, scopeWeights('pitch', weights), normalized)
        const [batch, frames] = output.shape
        const [voicingLogit, octaves] = tf.split(output, 2, 2)
        return {
          voicingLogit: tf.reshape(voicingLogit!, [batch, frames]),
          octaves: tf.reshape(octaves!, [batch, frames]),
        }
      },
    }),
  }
}

export function octavesToHz(octaves: number): number {
  return pitchReferenceHz * 2 ** octaves
}

export function hzToOctaves(f0Hz: number): number {
  return Math.log2(f0Hz / pitchReferenceHz)
}

export function conditionOf(context: tf.Tensor3D, excitation: tf.Tensor3D | undefined): Condition {
  return excitation === undefined ? { context } : { context, excitation }
}
