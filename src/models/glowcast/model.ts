import { melPresets } from '../../audio/mel/mel.js'
import { invalidConfig } from '../../errors.js'
import type { Bijector, Condition } from '../../flow/bijector.js'
import type { Carry } from '../../flow/carry.js'
import { type ParameterSpecs, prefixSpecs, scopeWeights, type Weights } from '../../flow/parameters.js'
import { tf } from '../../tfjs.js'
import { buildFlow } from '../config/build-flow.js'
import type { GlowcastConfig } from '../config/model-config.js'
import { checkWeightCount } from '../files/check-weights.js'
import {
  lookaheadOf,
  type MelConvolutionsConfig,
  melConvolutionParameters,
  melConvolutions,
} from './mel-convolutions.js'
import { decodePitch, pitchNetwork } from './pitch-network.js'
import { withVoicedTemperature } from './voiced-noise.js'

/** The networks of a `glowcast` model bound to weights; all tensors at batch B. */
export interface BoundGlowcast {
  /** Between MDCT coefficients [B, groups, groupSize] and noise. */
  readonly flow: Bijector
  /** The flow's inverse of standard normal noise times the temperature, lowered where there is voice. */
  sample(noise: tf.Tensor3D, condition: Condition, carry?: Carry): tf.Tensor3D
  /** Normalised mel [B, frames + 2 * lookahead, melBands] → [B, frames * groupsPerFrame, contextChannels]. */
  context(mel: tf.Tensor3D): tf.Tensor3D
  /** Normalised mel [B, frames + 2 * pitchLookahead, melBands] → voicing logits and log2(F0 / 200 Hz), [B, frames]. */
  pitch(mel: tf.Tensor3D): { voicingLogit: tf.Tensor2D; octaves: tf.Tensor2D }
  /** The same before a pitch class is chosen: [B, frames] and [B, frames, pitchClasses]. */
  pitchLogits(mel: tf.Tensor3D): { voicing: tf.Tensor2D; pitch: tf.Tensor3D }
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

/** @throws GlowcastError INVALID_CONFIG when the group size does not divide the mel's hop, or the sizes are too large */
export function glowcastModel(config: GlowcastConfig): GlowcastModel {
  const mel = melPresets[config.mel]
  if (mel.hopLength % config.groupSize !== 0) {
    throw invalidConfig(
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
  const pitch = pitchNetwork(config.pitch, mel.melBands)
  const flow = buildFlow(config.flow, {
    channels: config.groupSize,
    contextChannels: config.context.outputChannels,
    excitationChannels: config.excitation ? 2 * config.groupSize : 0,
  })
  const parameters = {
    ...prefixSpecs('context', melConvolutionParameters(contextNetwork)),
    ...prefixSpecs('flow', flow.parameters),
    ...prefixSpecs('pitch', pitch.parameters),
  }
  checkWeightCount(parameters)
  return {
    config,
    groupsPerFrame,
    lookahead: lookaheadOf(config.context.kernelSizes),
    pitchLookahead: lookaheadOf(config.pitch.kernelSizes),
    parameters,
    bind: (weights) => ({
      flow: flow.bind(scopeWeights('flow', weights)),
      sample(noise, condition, carry) {
        const lowered = withVoicedTemperature(noise, condition.excitation, config)
        return this.flow.inverse(lowered, condition, carry)
      },
      context(normalized) {
        const output = melConvolutions(contextNetwork, scopeWeights('context', weights), normalized)
        const [batch, frames] = output.shape
        return tf.reshape(output, [batch, frames * groupsPerFrame, config.context.outputChannels])
      },
      pitchLogits: (normalized) => pitch.logits(scopeWeights('pitch', weights), normalized),
      pitch(normalized) {
        const logits = pitch.logits(scopeWeights('pitch', weights), normalized)
        return { voicingLogit: logits.voicing, octaves: decodePitch(logits.pitch) }
      },
    }),
  }
}

export function conditionOf(context: tf.Tensor3D, excitation: tf.Tensor3D | undefined): Condition {
  return excitation === undefined ? { context } : { context, excitation }
}
