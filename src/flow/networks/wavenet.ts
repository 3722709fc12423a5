import * as tf from '@tensorflow/tfjs-core'
import { type Carry, zeroCarry } from '../carry.js'
import {
  normal,
  type ParameterSpec,
  type ParameterSpecs,
  type Weights,
  weight,
  zeros,
} from '../parameters.js'
import { dilatedConv1d, linear } from './conv1d.js'
import type { WavenetConfig } from './wavenet-config.js'
import { wavenetEnd, wavenetStart } from './wavenet-ends.js'
import { wavenetTiming } from './wavenet-timing.js'

/** What every conditioner has: a layer before the others, one behind them, and the context's projections. */
export function outerParameters(config: WavenetConfig): Record<string, ParameterSpec> {
  const { channels, layers, contextChannels } = config
  return {
    'start.weight': normal([config.inputChannels, channels], 1 / Math.sqrt(config.inputChannels)),
    'start.bias': zeros([channels]),
    // A third of the usual scale: the context is smooth and strong, and would saturate the gates at first.
    'context.weight': normal([contextChannels, layers * 2 * channels], 0.3 / Math.sqrt(contextChannels)),
    'end.weight': zeros([channels, config.outputChannels]),
    'end.bias': zeros([config.outputChannels]),
  }
}

/**
 * Whether that is a matrix of a conditioner. Coupling undoes exactly what its conditioner gave, however that was
 * rounded, so these may be narrower than float32; matrices that the signal itself goes through may not.
 */
export function isConditionerMatrix(weightName: string): boolean {
  return /\.(start|context|layer\d+|layer\d+\.output|end)\.weight$/.test(weightName)
}

/** The context as each layer's gates see it; `contextOf` gives the context at the time of a layer's output. */
export function contextProjections(
  { layers }: WavenetConfig,
  weights: Weights,
  contextOf: (layer: number) => tf.Tensor3D,
): tf.Tensor3D[] {
  const matrix = weight<tf.Tensor2D>(weights, 'context.weight')
  const contexts = Array.from({ length: layers }, (_, layer) => contextOf(layer))
  // TF.js has no gradient for a split into one part.
  if (layers === 1) return [linear(contexts[0]!, matrix)]
  if (contexts.every((context) => context === contexts[0])) {
    return tf.split(linear(contexts[0]!, matrix), layers, 2) as tf.Tensor3D[]
  }
  const parts = tf.split(matrix, layers, 1) as tf.Tensor2D[]
  return contexts.map((context, layer) => linear(context, parts[layer]!))
}

/** tanh of the first half of the channels times the logistic function of the second: [batch, time, channels]. */
export function gatedUnit(sums: tf.Tensor3D): tf.Tensor3D {
  const [filter, gate] = tf.split(sums, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
  return tf.mul(tf.tanh(filter), tf.sigmoid(gate))
}

/**
 * WN, the conditioner of WaveGlow's couplings (Prenger et al. 2018, section 2.1): gated dilated
 * convolutions with residual and skip connections, the context added before each gate. The last layer starts
 * at zero.
 */
export function wavenetParameters(config: WavenetConfig): ParameterSpecs {
  const { channels, layers, kernelSize } = config
  const specs = outerParameters(config)
  for (let layer = 0; layer < layers; layer++) {
    const outputs = layer < layers - 1 ? 2 * channels : channels
    const taps = kernelSize * channels
    specs[`layer${layer}.weight`] = normal([taps, 2 * channels], 1 / Math.sqrt(taps))
    specs[`layer${layer}.bias`] = zeros([2 * channels])
    specs[`layer${layer}.output.weight`] = normal([channels, outputs], 1 / Math.sqrt(channels))
    specs[`layer${layer}.output.bias`] = zeros([outputs])
  }
  return specs
}

/** x: [batch, time, inputChannels], context: [batch, time, contextChannels] → [batch, time, outputChannels]. */
export function wavenet(
  config: WavenetConfig,
  weights: Weights,
  x: tf.Tensor3D,
  context: tf.Tensor3D,
  carry: Carry = zeroCarry,
): tf.Tensor3D {
  const { layers, kernelSize } = config
  const timing = wavenetTiming(config, carry, context)
  const projections = contextProjections(config, weights, timing.context)
  const start = wavenetStart(config, weights)
  const end = wavenetEnd(config, weights)
  let input = start.input(x)
  let sum: tf.Tensor3D | undefined
  for (let layer = 0; layer < layers; layer++) {
    const { taps, centre } = timing.widen(layer, input)
    const matrix = layer === 0 ? start.weights : weight<tf.Tensor2D>(weights, `layer${layer}.weight`)
    const bias = weight<tf.Tensor1D>(weights, `layer${layer}.bias`)
    const convolved = dilatedConv1d(taps, matrix, bias, kernelSize, config.dilationBase ** layer)
    const { part, residual } = end.layer(layer, gatedUnit(tf.add(convolved, projections[layer]!)))
    sum = sum === undefined ? part : (tf.add(timing.sum(layer, sum), part) as tf.Tensor3D)
    if (residual !== undefined) input = tf.add(layer === 0 ? start.residual(centre) : centre, residual)
  }
  return end.output(sum!)
}
