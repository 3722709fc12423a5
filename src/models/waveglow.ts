import * as tf from '@tensorflow/tfjs-core'
import { melPresets } from '../audio/mel.js'
import { GlowcastError } from '../errors.js'
import { affineCoupling } from '../flow/affine-coupling.js'
import type { Bijector, Layer } from '../flow/bijector.js'
import { chain } from '../flow/chain.js'
import { linear } from '../flow/conv1d.js'
import { earlyOutput } from '../flow/early-output.js'
import { denseConv1x1 } from '../flow/invertible-conv1x1.js'
import {
  normal,
  type ParameterSpecs,
  prefixSpecs,
  scopeWeights,
  type Weights,
  weight,
  zeros,
} from '../flow/parameters.js'
import type { WaveglowConfig } from './config.js'

/** NVIDIA's published configuration (waveglow/config.json of NVIDIA/waveglow). */
export const nvidiaWaveglowConfig: WaveglowConfig = {
  family: 'waveglow',
  mel: 'nvidia-22k',
  groupSize: 8,
  flows: 12,
  earlyEvery: 4,
  earlySize: 2,
  upsample: { kernelSize: 1024, stride: 256 },
  wavenet: { channels: 256, layers: 8, kernelSize: 3, dilationBase: 2, causal: false },
  temperature: 0.6,
}

export interface BoundWaveglow {
  /** Between groups of samples [B, groups, groupSize] and noise. */
  readonly flow: Bijector
  /** Log-mel [B, frames, melBands] → [B, frames * stride / groupSize, groupSize * melBands]. */
  context(mel: tf.Tensor3D): tf.Tensor3D
}

export interface WaveglowModel {
  readonly config: WaveglowConfig
  readonly parameters: ParameterSpecs
  bind(weights: Weights): BoundWaveglow
}

/**
 * WaveGlow (Prenger et al. 2018) as NVIDIA's reference has it: each flow is a dense 1x1 convolution and a
 * coupling; before every `earlyEvery`-th flow but the first, `earlySize` channels leave.
 *
 * @throws GlowcastError INVALID_CONFIG when the sizes do not fit together
 */
export function waveglowModel(config: WaveglowConfig): WaveglowModel {
  const { melBands } = melPresets[config.mel]
  const { kernelSize, stride } = config.upsample
  if (kernelSize % stride !== 0 || stride % config.groupSize !== 0) {
    throw new GlowcastError(
      'INVALID_CONFIG',
      'upsample',
      `kernelSize ${kernelSize}, stride ${stride}, groupSize ${config.groupSize}`,
      'a kernel of whole strides and a stride of whole groups',
    )
  }
  const overlap = kernelSize / stride
  const flow = flowFrom(config, 0, config.groupSize, config.groupSize * melBands)
  return {
    config,
    parameters: {
      // Rows: frames t − overlap + 1 … t, each with its mel bands; columns: stride samples of bands.
      'upsample.weight': normal([overlap * melBands, stride * melBands], 1 / Math.sqrt(overlap * melBands)),
      'upsample.bias': zeros([melBands]),
      ...prefixSpecs('flow', flow.parameters),
    },
    bind: (weights) => ({
      flow: flow.bind(scopeWeights('flow', weights)),
      context: (mel) => upsampled(config, melBands, weights, mel),
    }),
  }
}

function flowFrom(config: WaveglowConfig, first: number, channels: number, contextChannels: number): Layer {
  const layers: Layer[] = []
  for (let index = first; index < config.flows; index++) {
    if (index > first && index % config.earlyEvery === 0) {
      const left = channels - config.earlySize
      if (left < 2 || left % 2 !== 0) {
        throw new GlowcastError(
          'INVALID_CONFIG',
          'earlySize',
          `${left} channels left`,
          'an even number of at least 2',
        )
      }
      layers.push(earlyOutput(config.earlySize, flowFrom(config, index, left, contextChannels)))
      return chain(layers)
    }
    layers.push(denseConv1x1(channels))
    layers.push(affineCoupling({ channels, contextChannels, excitationChannels: 0, wavenet: config.wavenet }))
  }
  return chain(layers)
}

/**
 * The transposed convolution of the reference as one matrix product: output samples of frame t are a sum
 * over the frames whose kernels reach it. The tail beyond the last frame is cut, as the reference does.
 */
function upsampled(
  config: WaveglowConfig,
  melBands: number,
  weights: Weights,
  mel: tf.Tensor3D,
): tf.Tensor3D {
  const { kernelSize, stride } = config.upsample
  const { groupSize } = config
  const overlap = kernelSize / stride
  const [batch, frames] = mel.shape
  const padded = tf.pad(mel, [
    [0, 0],
    [overlap - 1, 0],
    [0, 0],
  ])
  const windows = tf.concat(
    Array.from({ length: overlap }, (_, i) => tf.slice(padded, [0, i, 0], [batch, frames, melBands])),
    2,
  ) as tf.Tensor3D
  const product = linear(windows, weight<tf.Tensor2D>(weights, 'upsample.weight'))
  const samples = tf.reshape(product, [batch, frames * stride, melBands])
  const biased = tf.add(samples, weight(weights, 'upsample.bias'))
  // The reference lays a group out band by band.
  const groups = (frames * stride) / groupSize
  const grouped = tf.transpose(tf.reshape(biased, [batch, groups, groupSize, melBands]), [0, 1, 3, 2])
  return tf.reshape(grouped, [batch, groups, melBands * groupSize])
}
