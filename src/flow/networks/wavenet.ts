import { tf } from '../../tfjs.js'
import { type Condition, partOf } from '../bijector.js'
import { type Carry, scopeCarry } from '../carry.js'
import { normal, type ParameterSpecs, prefixSpecs, type Weights, weight, zeros } from '../parameters.js'
import { aligned, alignedToEach } from '../streaming.js'
import type { Conditioner } from './conditioner.js'
import { linear } from './conv1d.js'
import { denseLayers } from './dense-layers.js'
import { layerDelays, lookahead, reachOf, wavenetDelay } from './dilated-kernels.js'
import { separableLayers } from './separable-layers.js'
import type { WavenetConfig, WavenetKind, WavenetLayers, WavenetSizes } from './wavenet-config.js'

/**
 * WN, the conditioner of WaveGlow's couplings (Prenger et al. 2018, section 2.1): gated dilated convolutions with
 * residual and skip connections, the context added before each gate. The end layer starts at zero.
 */
export function wavenet(config: WavenetConfig): Conditioner {
  return conditioner(config, denseLayers)
}

/**
 * The conditioner of SqueezeWave (Zhai et al. 2020, section 3.2): as WN, but each gated convolution is a depthwise one
 * followed by a pointwise one, and there are no skip connections: the residual itself goes to the end layer. Batch
 * normalisation is folded into the depthwise weights.
 */
export function separableWavenet(config: WavenetConfig): Conditioner {
  return conditioner(config, separableLayers)
}

function conditioner(config: WavenetConfig, kind: WavenetKind): Conditioner {
  return (inputChannels, outputChannels) => {
    const sizes = { ...config, inputChannels, outputChannels }
    return {
      parameters: parametersOf(sizes, kind),
      delay: wavenetDelay(config),
      apply(weights, x, condition, carry) {
        const contexts = projectedContexts(config, weights, condition, carry)
        return run(config, kind.bind(sizes, weights, reachOf(config, carry)), contexts, x, carry)
      },
    }
  }
}

function run(
  config: WavenetConfig,
  net: WavenetLayers,
  contexts: readonly tf.Tensor3D[] | undefined,
  x: tf.Tensor3D,
  carry: Carry,
): tf.Tensor3D {
  let { sums, centre } = net.start(x)
  let output: tf.Tensor3D | undefined
  for (let layer = 0; layer < config.layers; layer++) {
    const gated = gatedUnit(contexts === undefined ? sums : tf.add(sums, contexts[layer]!))
    const { residual, skip } = net.residualAndSkip(layer, gated, centre)
    if (skip !== undefined) output = output === undefined ? skip : tf.add(output, skip)
    if (residual === undefined) break
    const next = layer + 1
    if (output !== undefined) {
      output = aligned(scopeCarry(`layer${next}`, carry), lookahead(config, next), { output }).output
    }
    ;({ sums, centre } = net.convolve(next, residual))
  }
  return net.end(output!)
}

/** tanh of the first half of the channels times the logistic function of the second. */
function gatedUnit(sums: tf.Tensor3D): tf.Tensor3D {
  const [filter, gate] = tf.split(sums, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
  return tf.mul(tf.tanh(filter), tf.sigmoid(gate))
}

function parametersOf(sizes: WavenetSizes, kind: WavenetKind): ParameterSpecs {
  const { inputChannels, outputChannels, contextChannels, channels, layers } = sizes
  const perLayer = Array.from({ length: layers }, (_, layer) =>
    prefixSpecs(`layer${layer}`, kind.parameters(sizes, layer)),
  )
  return Object.assign(
    {
      'start.weight': normal([inputChannels, channels], 1 / Math.sqrt(inputChannels)),
      'start.bias': zeros([channels]),
    },
    // A third of the usual scale: the context is smooth and strong, and would saturate the gates at first.
    contextChannels !== undefined && {
      'context.weight': normal([contextChannels, layers * 2 * channels], 0.3 / Math.sqrt(contextChannels)),
    },
    { 'end.weight': zeros([channels, outputChannels]), 'end.bias': zeros([outputChannels]) },
    ...perLayer,
  )
}

/** The context as each layer's gates see it; undefined for a network without one. */
function projectedContexts(
  config: WavenetConfig,
  weights: Weights,
  condition: Condition,
  carry: Carry,
): tf.Tensor3D[] | undefined {
  const { contextChannels, layers } = config
  if (contextChannels === undefined) return undefined
  const matrix = weight<tf.Tensor2D>(weights, 'context.weight')
  const context = partOf(condition, 'context', contextChannels)
  const contexts = alignedToEach(carry, 'context', context, layerDelays(config))
  // TF.js has no gradient for a split into one part.
  if (layers === 1) return [linear(contexts[0]!, matrix)]
  if (contexts.every((other) => other === contexts[0])) {
    return tf.split(linear(contexts[0]!, matrix), layers, 2) as tf.Tensor3D[]
  }
  const parts = tf.split(matrix, layers, 1) as tf.Tensor2D[]
  return contexts.map((late, layer) => linear(late, parts[layer]!))
}
