import { dilatedConv1d, linear } from '../../flow/networks/conv1d.js'
import {
  normal,
  type ParameterSpec,
  type ParameterSpecs,
  type Weights,
  weight,
  zeros,
} from '../../flow/parameters.js'
import { tf } from '../../tfjs.js'

export interface MelConvolutionsConfig {
  readonly melBands: number
  readonly channels: number
  /** Odd; the first is linear in the mel, each further one adds a tanh layer to the sum so far. */
  readonly kernelSizes: readonly number[]
  readonly outputs: number
  readonly zeroOutput: boolean
}

/** Frames that the convolutions see on either side. */
export function lookaheadOf(kernelSizes: readonly number[]): number {
  return kernelSizes.reduce((sum, size) => sum + (size - 1) / 2, 0)
}

export function melConvolutionParameters(config: MelConvolutionsConfig): ParameterSpecs {
  const { channels, outputs } = config
  const specs: Record<string, ParameterSpec> = {}
  config.kernelSizes.forEach((size, index) => {
    const taps = size * (index === 0 ? config.melBands : channels)
    specs[`conv${index}.weight`] = normal([taps, channels], 1 / Math.sqrt(taps))
    specs[`conv${index}.bias`] = zeros([channels])
  })
  specs['output.weight'] = config.zeroOutput
    ? zeros([channels, outputs])
    : normal([channels, outputs], 1 / Math.sqrt(channels))
  specs['output.bias'] = zeros([outputs])
  return specs
}

/**
 * mel: normalised, [batch, frames + 2 * lookahead, melBands] → [batch, frames, outputs]. No padding: the
 * caller gives the frames around, so that a chunk and the whole signal see the same.
 */
export function melConvolutions(
  config: MelConvolutionsConfig,
  weights: Weights,
  mel: tf.Tensor3D,
): tf.Tensor3D {
  let hidden: tf.Tensor3D = mel
  config.kernelSizes.forEach((size, index) => {
    const kernel = weight<tf.Tensor2D>(weights, `conv${index}.weight`)
    const bias = weight<tf.Tensor1D>(weights, `conv${index}.bias`)
    if (index === 0) {
      hidden = dilatedConv1d(hidden, kernel, bias, size, 1)
      return
    }
    const step: tf.Tensor3D = tf.tanh(dilatedConv1d(hidden, kernel, bias, size, 1))
    const [batch, frames, channels] = step.shape
    hidden = tf.add(tf.slice(hidden, [0, (size - 1) / 2, 0], [batch, frames, channels]), step)
  })
  return linear(
    hidden,
    weight<tf.Tensor2D>(weights, 'output.weight'),
    weight<tf.Tensor1D>(weights, 'output.bias'),
  )
}
