import { melPresets } from '../../audio/mel/mel.js'
import { invalidConfig } from '../../errors.js'
import type { Bijector, Layer } from '../../flow/bijector.js'
import { affineCoupling } from '../../flow/bijectors/affine-coupling.js'
import { chain } from '../../flow/bijectors/chain.js'
import { earlyOutput } from '../../flow/bijectors/early-output.js'
import { denseConv1x1 } from '../../flow/bijectors/invertible-conv1x1.js'
import { type Carry, zeroCarry } from '../../flow/carry.js'
import { linear } from '../../flow/networks/conv1d.js'
import { wavenetDelay } from '../../flow/networks/dilated-kernels.js'
import {
  normal,
  type ParameterSpecs,
  prefixSpecs,
  scopeWeights,
  sizeOf,
  type Weights,
  weight,
  zeros,
} from '../../flow/parameters.js'
import { plural } from '../../plural.js'
import { tf } from '../../tfjs.js'
import { conditionerOf } from '../config/conditioner.js'
import type { WaveglowConfig } from '../config/model-config.js'
import { checkWeightCount } from '../files/check-weights.js'

/** Groups that a WN may look ahead: what a chunked run carries grows with them. WaveGlow's looks 255 ahead. */
const maxDelay = 8192

type Upsample = NonNullable<WaveglowConfig['upsample']>

interface BoundWaveglow {
  /** Between groups of samples [B, groups, groupSize] and noise. */
  readonly flow: Bijector
  /** Log-mel [B, frames, melBands] → [B, frames * groupsPerFrame, contextChannels]. */
  context(mel: tf.Tensor3D, carry?: Carry): tf.Tensor3D
}

export interface WaveglowModel {
  readonly config: WaveglowConfig
  readonly parameters: ParameterSpecs
  readonly groupsPerFrame: number
  /** Groups by which a chunked inverse is late: what its kernels look ahead, all flows together. */
  readonly delayGroups: number
  bind(weights: Weights): BoundWaveglow
}

/**
 * WaveGlow (Prenger et al. 2018) as NVIDIA's reference has it: each flow is a dense 1x1 convolution and a
 * coupling; before every `earlyEvery`-th flow but the first, `earlySize` channels leave. SqueezeWave (Zhai et
 * al. 2020) is the same flow of larger groups with separable convolutions and without `upsample`.
 *
 * @throws GlowcastError INVALID_CONFIG when the sizes do not fit together
 */
export function waveglowModel(config: WaveglowConfig): WaveglowModel {
  const { melBands, hopLength } = melPresets[config.mel]
  const { upsample, groupSize } = config
  checkSizes(config, hopLength)
  const contextChannels = upsample === undefined ? melBands : groupSize * melBands
  const groupsPerFrame = (upsample?.stride ?? hopLength) / groupSize
  const flow = flowOf(config, contextChannels)
  const parameters = {
    ...(upsample === undefined ? {} : upsampleParameters(upsample, melBands)),
    ...prefixSpecs('flow', flow.parameters),
  }
  checkWeightCount(parameters)
  return {
    config,
    groupsPerFrame,
    delayGroups: config.flows * wavenetDelay(config.wavenet),
    parameters,
    bind: (weights) => ({
      flow: flow.bind(scopeWeights('flow', weights)),
      context: (mel, carry = zeroCarry) =>
        upsample === undefined
          ? repeated(mel, groupsPerFrame)
          : upsampled({ ...upsample, groupSize }, weights, mel, carry),
    }),
  }
}

function checkSizes({ upsample, groupSize, wavenet }: WaveglowConfig, hopLength: number): void {
  const ahead = wavenetDelay(wavenet)
  if (ahead > maxDelay) {
    const got = `kernels that look ${ahead} groups ahead`
    throw invalidConfig('wavenet', got, `at most ${maxDelay}`)
  }
  if (upsample === undefined) {
    if (hopLength % groupSize === 0) return
    throw invalidConfig('groupSize', `${groupSize}`, `a divisor of the mel's hopLength ${hopLength}`)
  }
  const { kernelSize, stride } = upsample
  if (kernelSize % stride !== 0 || stride % groupSize !== 0) {
    throw invalidConfig(
      'upsample',
      `kernelSize ${kernelSize}, stride ${stride}, groupSize ${groupSize}`,
      'a kernel of whole strides and a stride of whole groups',
    )
  }
}

/** Rows: frames t − overlap + 1 … t, each with its mel bands; columns: stride samples of bands. */
function upsampleParameters({ kernelSize, stride }: Upsample, melBands: number): ParameterSpecs {
  const rows = (kernelSize / stride) * melBands
  return {
    'upsample.weight': normal([rows, stride * melBands], 1 / Math.sqrt(rows)),
    'upsample.bias': zeros([melBands]),
  }
}

function flowOf(config: WaveglowConfig, contextChannels: number): Layer {
  const { flows, earlyEvery, earlySize, groupSize } = config
  const layers: Layer[] = []
  let early = 0
  for (let k = 0; k < flows; k++) {
    if (k > 0 && k % earlyEvery === 0) early += earlySize
    const channels = groupSize - early
    checkChannels(channels)
    const conv1x1 = denseConv1x1(channels)
    const changes = config.couplings === 'alternate' && k % 2 === 1 ? 'first' : 'second'
    const coupling = affineCoupling(channels, conditionerOf(config.wavenet, contextChannels), { changes })
    layers.push(earlyOutput(early, conv1x1), earlyOutput(early, coupling))
  }
  return chain(layers)
}

function checkChannels(left: number): void {
  if (left >= 2 && left % 2 === 0) return
  throw invalidConfig('earlySize', `${plural(left, 'channel')} left`, 'an even number of at least 2')
}

/** Names of the weights of flow k: its 1x1 convolution and its coupling. */
export function flowScopes(k: number): { conv1x1: string; coupling: string } {
  return { conv1x1: `flow.${2 * k}`, coupling: `flow.${2 * k + 1}` }
}

/** Multiply-accumulates of the matrix products and convolutions for a second of audio. */
export function waveglowMacsPerSecond(config: WaveglowConfig): number {
  const { sampleRate, hopLength } = melPresets[config.mel]
  const { parameters, groupsPerFrame } = waveglowModel(config)
  const multiplied = Object.entries(parameters).filter(
    ([name, { shape }]) => shape.length === 2 && !name.endsWith('.inverse'),
  )
  const perFrame = multiplied.reduce(
    (sum, [name, { shape }]) => sum + sizeOf(shape) * (name === 'upsample.weight' ? 1 : groupsPerFrame),
    0,
  )
  return (perFrame * sampleRate) / hopLength
}

/**
 * The transposed convolution of the reference as one matrix product: output samples of frame t are a sum
 * over the frames whose kernels reach it. The tail beyond the last frame is cut, as the reference does.
 */
function upsampled(
  { kernelSize, stride, groupSize }: Upsample & { groupSize: number },
  weights: Weights,
  mel: tf.Tensor3D,
  carry: Carry,
): tf.Tensor3D {
  const overlap = kernelSize / stride
  const [batch, frames, melBands] = mel.shape
  const padded = overlap === 1 ? mel : carry.extend('upsample', mel, overlap - 1)
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

/** The frame's mel for each of its groups. */
function repeated(mel: tf.Tensor3D, groupsPerFrame: number): tf.Tensor3D {
  const [batch, frames, melBands] = mel.shape
  if (groupsPerFrame === 1) return mel
  const copies = tf.concat(new Array<tf.Tensor3D>(groupsPerFrame).fill(mel), 2)
  return tf.reshape(copies, [batch, frames * groupsPerFrame, melBands])
}
