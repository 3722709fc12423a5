import { defaultMel, melPresets } from '../../../audio/mel/mel.js'
import { denseConv1x1Weights } from '../../../flow/bijectors/invertible-conv1x1.js'
import type { HostTensor, Shape } from '../../../flow/parameters.js'
import { transpose } from '../../../numeric/transpose.js'
import { plural } from '../../../plural.js'
import { quoteName } from '../../../short-json.js'
import type { WaveglowConfig } from '../../config/model-config.js'
import type { LazyTensor } from '../../files/safetensors-file.js'
import { refuse } from '../../refuse.js'
import { flowScopes, waveglowModel } from '../model.js'
import type { ConvolutionKind } from './infer-config.js'
import { mapConditioner } from './map-conditioner.js'
import type { SourceTensors } from './source-tensors.js'

/** Bookkeeping of batch normalisation that says nothing about the sound. */
const ignored = /\.num_batches_tracked$/

/**
 * A checkpoint's weights under our names, in our layouts. The 1x1 matrices are read and inverted now; all others
 * are read when they are asked for.
 *
 * @throws GlowcastError INVALID_MODEL naming the first tensor that is missing, of another shape, or left over
 */
export async function mapWeights(
  source: SourceTensors,
  config: WaveglowConfig,
  kind: ConvolutionKind,
): Promise<Record<string, HostTensor | LazyTensor>> {
  const { parameters } = waveglowModel(config)
  const made: Record<string, HostTensor | LazyTensor> = {}
  const add = (name: string, read: () => Promise<Float32Array>) => {
    made[name] = { shape: shapeOf(parameters, name), read }
  }
  if (config.upsample !== undefined) addUpsample(source, config.upsample, add)
  for (let flow = 0; flow < config.flows; flow++) {
    const scopes = flowScopes(flow)
    const channels = shapeOf(parameters, `${scopes.conv1x1}.weight`)[0]!
    const matrix = `convinv.${flow}.conv.weight`
    source.expect(matrix, [channels, channels, 1])
    for (const [name, tensor] of Object.entries(await invertible(source, matrix, channels))) {
      made[`${scopes.conv1x1}.${name}`] = tensor
    }
    mapConditioner(
      source,
      `WN.${flow}`,
      config.wavenet,
      kind,
      (name, read) => add(`${scopes.coupling}.${name}`, read),
      (name) => shapeOf(parameters, `${scopes.coupling}.${name}`),
    )
  }
  const left = source.unused().filter((name) => !ignored.test(name))
  if (left.length > 0) {
    const shown = left.slice(0, 5).map(quoteName).join(', ')
    refuse(
      'checkpoint',
      `${plural(left.length, 'tensor')} more: ${shown}`,
      `those of ${plural(config.flows, 'flow')} of ${plural(config.wavenet.layers, 'layer')}`,
    )
  }
  return made
}

function shapeOf(parameters: ReturnType<typeof waveglowModel>['parameters'], name: string): Shape {
  return parameters[name]!.shape
}

async function invertible(
  source: SourceTensors,
  name: string,
  channels: number,
): Promise<Record<string, HostTensor>> {
  const values = transpose(await source.read(name), channels, channels)
  try {
    return denseConv1x1Weights(values, channels)
  } catch (cause) {
    refuse(`tensor ${quoteName(name)}`, 'a singular matrix', 'an invertible one', cause)
  }
}

/** ConvTranspose1d [in, out, kernel] → rows (frame, in), oldest frame first; columns (sample, out). */
function addUpsample(
  source: SourceTensors,
  { kernelSize, stride }: NonNullable<WaveglowConfig['upsample']>,
  add: (name: string, read: () => Promise<Float32Array>) => void,
): void {
  const { melBands } = melPresets[defaultMel]
  const overlap = kernelSize / stride
  source.expect('upsample.weight', [melBands, melBands, kernelSize])
  source.expect('upsample.bias', [melBands])
  add('upsample.bias', () => source.read('upsample.bias'))
  add('upsample.weight', async () => {
    const values = await source.read('upsample.weight')
    const result = new Float32Array(values.length)
    for (let input = 0; input < melBands; input++) {
      for (let tap = 0; tap < kernelSize; tap++) {
        // Tap k of a frame reaches the sample k behind its first: the frame `k / stride` frames ago.
        const row = (overlap - 1 - Math.floor(tap / stride)) * melBands + input
        const start = row * stride * melBands + (tap % stride) * melBands
        for (let output = 0; output < melBands; output++) {
          result[start + output] = values[(input * melBands + output) * kernelSize + tap]!
        }
      }
    }
    return result
  })
}
