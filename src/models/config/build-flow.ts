import { invalidConfig } from '../../errors.js'
import type { Layer } from '../../flow/bijector.js'
import { actnorm } from '../../flow/bijectors/actnorm.js'
import { affineCoupling } from '../../flow/bijectors/affine-coupling.js'
import { chain } from '../../flow/bijectors/chain.js'
import { earlyOutput } from '../../flow/bijectors/early-output.js'
import { harmonicLayer } from '../../flow/bijectors/harmonic-layer.js'
import { denseConv1x1, luConv1x1, permutationConv1x1 } from '../../flow/bijectors/invertible-conv1x1.js'
import { permutationByName } from '../../flow/bijectors/permutation.js'
import { planar } from '../../flow/bijectors/planar.js'
import { withExcitation } from '../../flow/networks/conditioner.js'
import { conditionerOf } from './conditioner.js'
import { type FlowConfig, type LayerConfig, writtenOut } from './layer-config.js'

export interface FlowSurroundings {
  /** Channels of x: the group size. */
  readonly channels: number
  readonly contextChannels: number
  /** Channels of the excitation; 0 when the model has none. */
  readonly excitationChannels: number
}

/** The flow that a config describes; layers behind an early output see fewer channels. */
export function buildFlow(config: FlowConfig, surroundings: FlowSurroundings): Layer {
  const layers: Layer[] = []
  let early = 0
  for (const entry of writtenOut(config)) {
    const channels = surroundings.channels - early
    if (entry.type === 'early-output') {
      checkEarly(entry.channels, channels)
      early += entry.channels
    } else {
      layers.push(earlyOutput(early, buildLayer(entry, { ...surroundings, channels })))
    }
  }
  return chain(layers)
}

function checkEarly(channels: number, left: number): void {
  if (channels < left) return
  throw invalidConfig('flow early-output channels', `${channels}`, `fewer than the ${left} that are left`)
}

function buildLayer(
  config: Exclude<LayerConfig, { type: 'early-output' }>,
  surroundings: FlowSurroundings,
): Layer {
  const { channels, contextChannels, excitationChannels } = surroundings
  switch (config.type) {
    case 'harmonic-layer':
      return harmonicLayer({ channels, contextChannels, excitation: excitationChannels > 0 })
    case 'invertible-conv1x1': {
      if (config.form === 'dense') return denseConv1x1(channels)
      const permutation = permutationByName(config.permutation, channels)
      return config.form === 'lu' ? luConv1x1(permutation) : permutationConv1x1(permutation)
    }
    case 'affine-coupling': {
      const network = conditionerOf(config.wavenet, contextChannels)
      const conditioner = excitationChannels === 0 ? network : withExcitation(excitationChannels, network)
      return affineCoupling(channels, conditioner, { logScaleBound: config.logScaleBound })
    }
    case 'actnorm':
      return actnorm(channels)
    case 'planar':
      return planar(channels)
  }
}
