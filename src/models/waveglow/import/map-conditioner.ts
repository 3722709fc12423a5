import type { Shape } from '../../../flow/parameters.js'
import { concatFloats } from '../../../numeric/concat-floats.js'
import { transpose } from '../../../numeric/transpose.js'
import type { WaveglowConfig } from '../../config/model-config.js'
import type { ConvolutionKind } from './infer-config.js'
import type { SourceTensors } from './source-tensors.js'

type Add = (name: string, read: () => Promise<Float32Array>) => void

/** Of torch.nn.BatchNorm1d, whose state dict does not hold it. */
const batchNormEpsilon = 1e-5

/**
 * The weights of one WN: its convolutions as matrices [taps * in, out], and the bias of the context's projection
 * added to that of the convolution that it meets.
 *
 * @param shapeOf our shapes by name
 * @throws GlowcastError INVALID_MODEL naming a tensor that is missing or of another shape
 */
export function mapConditioner(
  source: SourceTensors,
  scope: string,
  { layers, channels, kernelSize }: WaveglowConfig['wavenet'],
  kind: ConvolutionKind,
  add: Add,
  shapeOf: (name: string) => Shape,
): void {
  const context = contextOf(source, scope, layers)
  const pointwise = (target: string, name: string) => {
    const [inputs, outputs] = shapeOf(`${target}.weight`) as [number, number]
    source.expect(`${name}.weight`, [outputs, inputs, 1])
    source.expect(`${name}.bias`, [outputs])
    add(`${target}.weight`, async () => transpose(await source.read(`${name}.weight`), outputs, inputs))
    add(`${target}.bias`, () => source.read(`${name}.bias`))
  }
  pointwise('start', `${scope}.start`)
  pointwise('end', `${scope}.end`)
  const [contextChannels, projections] = shapeOf('context.weight') as [number, number]
  context.check(contextChannels, projections)
  add('context.weight', async () => transpose(await context.weight(), projections, contextChannels))
  for (let layer = 0; layer < layers; layer++) {
    mapOutput(source, scope, layer, layer < layers - 1, `layer${layer}.output`, add, shapeOf)
    const gated = `${scope}.in_layers.${layer}`
    const last = { dense: gated, separable: `${gated}.1`, 'separable-normalised': `${gated}.2` }[kind]
    source.expect(`${last}.bias`, [2 * channels])
    add(`layer${layer}.bias`, async () => {
      const bias = await context.bias(layer, 2 * channels)
      return (await source.read(`${last}.bias`)).map((value, i) => value + bias[i]!)
    })
    const taps = kind === 'dense' ? kernelSize : 1
    source.expect(`${last}.weight`, [2 * channels, channels, taps])
    add(`layer${layer}.weight`, async () =>
      tapsFirst(await source.read(`${last}.weight`), 2 * channels, channels, taps),
    )
    if (kind !== 'dense')
      mapDepthwise(source, gated, kind, kernelSize, channels, `layer${layer}.depthwise`, add)
  }
}

/** [out, in, taps] → [taps * in, out]. */
function tapsFirst(values: Float32Array, outputs: number, inputs: number, taps: number): Float32Array {
  const result = new Float32Array(values.length)
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        result[(tap * inputs + input) * outputs + output] = values[(output * inputs + input) * taps + tap]!
      }
    }
  }
  return result
}

/** One projection of the context for all layers, `cond_layer`, or one a layer, `cond_layers.N`. */
function contextOf(source: SourceTensors, scope: string, layers: number) {
  const isOne = source.has(`${scope}.cond_layer.weight`)
  const names = isOne
    ? [`${scope}.cond_layer`]
    : Array.from({ length: layers }, (_, layer) => `${scope}.cond_layers.${layer}`)
  return {
    check(inputs: number, outputs: number): void {
      for (const name of names) {
        source.expect(`${name}.weight`, [outputs / names.length, inputs, 1])
        source.expect(`${name}.bias`, [outputs / names.length])
      }
    },
    weight: () => readJoined(source, names, 'weight'),
    async bias(layer: number, length: number): Promise<Float32Array> {
      if (!isOne) return source.read(`${names[layer]}.bias`)
      return (await source.read(`${names[0]}.bias`)).subarray(layer * length, (layer + 1) * length)
    },
  }
}

/** Residual and skip in one, `res_skip_layers`, or apart, `res_layers` and `skip_layers`: residual first. */
function mapOutput(
  source: SourceTensors,
  scope: string,
  layer: number,
  hasResidual: boolean,
  target: string,
  add: Add,
  shapeOf: (name: string) => Shape,
): void {
  const [inputs, outputs] = shapeOf(`${target}.weight`) as [number, number]
  const joint = `${scope}.res_skip_layers.${layer}`
  const apart = [...(hasResidual ? [`${scope}.res_layers.${layer}`] : []), `${scope}.skip_layers.${layer}`]
  const names = source.has(`${joint}.weight`) ? [joint] : apart
  for (const name of names) {
    source.expect(`${name}.weight`, [outputs / names.length, inputs, 1])
    source.expect(`${name}.bias`, [outputs / names.length])
  }
  add(`${target}.weight`, async () => transpose(await readJoined(source, names, 'weight'), outputs, inputs))
  add(`${target}.bias`, () => readJoined(source, names, 'bias'))
}

async function readJoined(
  source: SourceTensors,
  names: readonly string[],
  part: 'weight' | 'bias',
): Promise<Float32Array> {
  const parts: Float32Array[] = []
  for (const name of names) parts.push(await source.read(`${name}.${part}`))
  return concatFloats(parts)
}

/**
 * The depthwise convolution [channels, 1, taps], with the batch normalisation before it folded in as SqueezeWave's
 * own `remove_weightnorm` does before inference: scale into the weights, offset into the bias.
 */
function mapDepthwise(
  source: SourceTensors,
  gated: string,
  kind: ConvolutionKind,
  kernelSize: number,
  channels: number,
  target: string,
  add: Add,
): void {
  const isNormalised = kind === 'separable-normalised'
  const convolution = `${gated}.${isNormalised ? 1 : 0}`
  source.expect(`${convolution}.weight`, [channels, 1, kernelSize])
  source.expect(`${convolution}.bias`, [channels])
  const normalisation = ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${gated}.0.${part}`)
  if (isNormalised) for (const name of normalisation) source.expect(name, [channels])
  const scales = async () => {
    if (!isNormalised)
      return { scale: new Float32Array(channels).fill(1), offset: new Float32Array(channels) }
    const [gamma, beta, mean, variance] = await Promise.all(normalisation.map((name) => source.read(name)))
    const scale = gamma!.map((value, i) => value / Math.sqrt(variance![i]! + batchNormEpsilon))
    return { scale, offset: beta!.map((value, i) => value - mean![i]! * scale[i]!) }
  }
  add(`${target}.weight`, async () => {
    const { scale } = await scales()
    const weights = await source.read(`${convolution}.weight`)
    return transpose(
      weights.map((value, i) => value * scale[Math.floor(i / kernelSize)]!),
      channels,
      kernelSize,
    )
  })
  add(`${target}.bias`, async () => {
    const { offset } = await scales()
    const weights = await source.read(`${convolution}.weight`)
    const sums = offset.map((value, channel) => {
      const row = weights.subarray(channel * kernelSize, (channel + 1) * kernelSize)
      return value * row.reduce((sum, weight) => sum + weight, 0)
    })
    return (await source.read(`${convolution}.bias`)).map((value, i) => value + sums[i]!)
  })
}
