import * as tf from '@tensorflow/tfjs-core'
import { type Carry, zeroCarry } from './carry.js'
import { dilatedConv1d, linear } from './conv1d.js'
import { normal, type ParameterSpec, type ParameterSpecs, type Weights, weight, zeros } from './parameters.js'
import { wavenetTiming } from './wavenet-timing.js'

export interface WavenetConfig {
  readonly inputChannels: number
  readonly outputChannels: number
  readonly contextChannels: number
  /** Residual and skip channels. */
  readonly channels: number
  readonly layers: number
  readonly kernelSize: number
  readonly dilationBase: number
  /** Causal: only the past. Otherwise centred, as in WaveGlow: a chunked run is then late. */
  readonly causal: boolean
}

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

/** The context as each layer's gates see it, by one matrix product. */
export function contextProjections(
  { layers }: WavenetConfig,
  weights: Weights,
  context: tf.Tensor3D,
): tf.Tensor3D[] {
  const projection = linear(context, weight<tf.Tensor2D>(weights, 'context.weight'))
  // TF.js has no gradient for a split into one part.
  return layers === 1 ? [projection] : (tf.split(projection, layers, 2) as tf.Tensor3D[])
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

/**
 * x: [batch, time, inputChannels], context: [batch, time, contextChannels] → [batch, time, outputChannels];
 * `valid` as in `wavenetTiming`.
 */
export function wavenet(
  config: WavenetConfig,
  weights: Weights,
  x: tf.Tensor3D,
  context: tf.Tensor3D,
  carry: Carry = zeroCarry,
  valid?: tf.Tensor3D,
): tf.Tensor3D {
  const { channels, layers, kernelSize } = config
  const at2 = (name: string) => weight<tf.Tensor2D>(weights, name)
  const at1 = (name: string) => weight<tf.Tensor1D>(weights, name)
  const projections = contextProjections(config, weights, context)
  let residual = linear(x, at2('start.weight'), at1('start.bias'))
  const timing = wavenetTiming(config, carry, valid)
  let skip: tf.Tensor3D | undefined
  for (let layer = 0; layer < layers; layer++) {
    const widened = timing.widen(layer, residual)
    const dilation = config.dilationBase ** layer
    const taps = dilatedConv1d(
      widened.taps,
      at2(`layer${layer}.weight`),
      at1(`layer${layer}.bias`),
      kernelSize,
      dilation,
    )
    const gated = gatedUnit(tf.add(taps, timing.context(layer, projections[layer]!)))
    if (skip !== undefined) skip = timing.skip(layer, skip)
    const output = linear(gated, at2(`layer${layer}.output.weight`), at1(`layer${layer}.output.bias`))
    if (layer === layers - 1) {
      skip = skip === undefined ? output : (tf.add(skip, output) as tf.Tensor3D)
    } else {
      const [next, part] = tf.split(output, [channels, channels], 2) as [tf.Tensor3D, tf.Tensor3D]
      residual = tf.add(widened.residual, next)
      skip = skip === undefined ? part : (tf.add(skip, part) as tf.Tensor3D)
    }
  }
  return timing.output(linear(skip!, at2('end.weight'), at1('end.bias')))
}
