import { GlowcastError } from '../../errors.js'
import type { Layer } from '../../flow/bijector.js'
import { actnorm } from '../../flow/bijectors/actnorm.js'
import { affineCoupling } from '../../flow/bijectors/affine-coupling.js'
import { chain } from '../../flow/bijectors/chain.js'
import { earlyOutput } from '../../flow/bijectors/early-output.js'
import { harmonicLayer } from '../../flow/bijectors/harmonic-layer.js'
import { denseConv1x1, luConv1x1, permutationConv1x1 } from '../../flow/bijectors/invertible-conv1x1.js'
import { permutationByName } from '../../flow/bijectors/permutation.js'
import { planar } from '../../flow/bijectors/planar.js'
import type { FlowConfig, LayerConfig } from './layer-config.js'

export interface FlowSurroundings {
  /** Channels of x: the group size. */
  readonly channels: number
  readonly contextChannels: number
  /** Channels of the excitation; 0 when the model has none. */
  readonly excitationChannels: number
}

/** The flow that a config describes; layers after an early output see fewer channels. */
export function buildFlow(config: FlowConfig, surroundings: FlowSurroundings): Layer {
  const layers = config.flatMap((entry) =>
    entry.type === 'repeat' ? Array.from({ length: entry.times }, () => entry.layers).flat() : [entry],
  )
  return buildLayers(layers, surroundings)
}

function buildLayers(configs: readonly LayerConfig[], surroundings: FlowSurroundings): Layer {
  const early = configs.findIndex((config) => config.type === 'early-output')
  const straight = early < 0 ? configs : configs.slice(0, early)
  const layers = straight.map((config) => buildLayer(config, surroundings))
  const exit = configs[early]
  if (exit?.type === 'early-output') {
    const channels = surroundings.channels - exit.channels
    if (channels < 1) {
      throw new GlowcastError(
        'INVALID_CONFIG',
        'flow early-output channels',
        `${exit.channels}`,
        `fewer than the ${surroundings.channels} that are left`,
      )
    }
    const rest = buildLayers(configs.slice(early + 1), { ...surroundings, channels })
    layers.push(earlyOutput(exit.channels, rest))
  }
  return chain(layers)
}

function buildLayer(config: LayerConfig, surroundings: FlowSurroundings): Layer {
  const { channels, contextChannels, excitationChannels } = surroundings
  switch (config.type) {
    case 'harmonic-layer':
      return harmonicLayer({ channels, contextChannels, excitation: excitationChannels > 0 })
    case 'invertible-conv1x1': {
      if (config.form === 'dense') return denseConv1x1(channels)
      const permutation = permutationByName(config.permutation, channels)
      return config.form === 'lu' ? luConv1x1(permutation) : permutationConv1x1(permutation)
    }
    case 'affine-coupling':
      return affineCoupling({
        channels,
        contextChannels,
        excitationChannels,
        logScaleBound: config.logScaleBound,
        wavenet: config.wavenet,
      })
    case 'actnorm':
      return actnorm(channels)
    case 'planar':
      return planar(channels)
    case 'early-output':
      throw new GlowcastError('INVALID_CONFIG', 'flow', 'a misplaced early-output', 'it between other layers')
  }
}
