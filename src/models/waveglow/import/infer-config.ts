import { defaultMel, melPresets } from '../../../audio/mel/mel.js'
import { plural } from '../../../plural.js'
import { quoteName } from '../../../short-json.js'
import { parseModelConfig, type WaveglowConfig } from '../../config/model-config.js'
import { refuse } from '../../refuse.js'
import type { SourceTensors } from './source-tensors.js'

/** What the weights do not tell. */
export interface ImportChoices {
  /** Deviation of the noise; default 0.6 (NVIDIA's published samples), 1 for SqueezeWave (its default). */
  readonly temperature?: number
  /** Dilation of layer l is this to the power of l; default 2, 1 for SqueezeWave, as in the references. */
  readonly dilationBase?: number
  /** Which half of the channels the couplings change, in `glow_old.py` the first in every other flow. */
  readonly couplings?: 'second' | 'alternate'
}

/** What else is known of where the tensors come from. */
export interface Origin {
  /** Attributes of a pickled module, which must agree. */
  readonly numbers: ReadonlyMap<string, number>
  readonly className: string | undefined
  /** Whether a config lies beside the model, as DeepLearningExamples saves it. */
  readonly hasConfigBeside: boolean
}

/** How the gated convolutions are stored. */
export type ConvolutionKind = 'dense' | 'separable' | 'separable-normalised'

/** Of the first layer of the first flow; the others are checked against it. */
export function convolutionKind(source: SourceTensors): ConvolutionKind {
  if (source.has('WN.0.in_layers.0.weight')) return 'dense'
  return source.has('WN.0.in_layers.0.2.weight') ? 'separable-normalised' : 'separable'
}

/**
 * The config that a state dict's shapes tell.
 *
 * @throws GlowcastError INVALID_MODEL, INVALID_CONFIG naming what does not fit together
 */
export function inferConfig(
  source: SourceTensors,
  origin: Origin,
  choices: ImportChoices = {},
): WaveglowConfig {
  const { numbers } = origin
  const channels = flowChannels(source)
  const kind = convolutionKind(source)
  const early = earlyOutputs(channels, numbers)
  const isSeparable = kind !== 'dense'
  const wavenetChannels = axis(source, 'WN.0.start.weight', 0)
  const kernelName = { dense: '0.weight', separable: '0.0.weight', 'separable-normalised': '0.1.weight' }[
    kind
  ]
  const config = {
    family: 'waveglow',
    mel: defaultMel,
    groupSize: channels[0]!,
    flows: channels.length,
    ...early,
    ...upsampling(source),
    ...((choices.couplings ?? couplings(source, origin)) === 'alternate' ? { couplings: 'alternate' } : {}),
    wavenet: {
      channels: wavenetChannels,
      layers: count(
        (layer) =>
          source.has(`WN.0.res_skip_layers.${layer}.weight`) ||
          source.has(`WN.0.skip_layers.${layer}.weight`),
      ),
      kernelSize: axis(source, `WN.0.in_layers.${kernelName}`, 2),
      dilationBase: choices.dilationBase ?? (isSeparable ? 1 : 2),
      causal: false,
      ...(isSeparable ? { separable: true } : {}),
    },
    temperature: choices.temperature ?? (isSeparable ? 1 : 0.6),
  }
  const parsed = parseModelConfig(config, 'config of the checkpoint') as WaveglowConfig
  checkNumbers(parsed, numbers)
  return parsed
}

function axis(source: SourceTensors, name: string, index: number): number {
  const shape = source.shape(name)
  return (
    shape[index] ??
    refuse(`tensor ${quoteName(name)}`, `shape [${shape.join(', ')}]`, `${index + 1} axes or more`)
  )
}

function count(exists: (index: number) => boolean): number {
  let index = 0
  while (exists(index)) index += 1
  return index
}

/** Channels of each flow's 1x1 convolution. */
function flowChannels(source: SourceTensors): number[] {
  const flows = count((flow) => source.has(`convinv.${flow}.conv.weight`))
  return Array.from({ length: flows }, (_, flow) => axis(source, `convinv.${flow}.conv.weight`, 0))
}

/** Where channels leave, and how many: at equal distances, always as many. */
function earlyOutputs(
  channels: readonly number[],
  numbers: ReadonlyMap<string, number>,
): { earlyEvery: number; earlySize: number } {
  const first = channels.findIndex((width) => width !== channels[0])
  if (first < 0) {
    const fallback = { earlyEvery: channels.length, earlySize: 2 }
    const earlyEvery = numbers.get('n_early_every') ?? fallback.earlyEvery
    return {
      earlyEvery: Math.max(earlyEvery, channels.length),
      earlySize: numbers.get('n_early_size') ?? fallback.earlySize,
    }
  }
  const earlySize = channels[0]! - channels[first]!
  const expected = channels.map((_, flow) => channels[0]! - earlySize * Math.floor(flow / first))
  if (expected.join() !== channels.join()) {
    refuse(
      'channels of the flows',
      channels.join(', '),
      `${expected.join(', ')}: early outputs at equal distances`,
    )
  }
  return { earlyEvery: first, earlySize }
}

function upsampling(source: SourceTensors): Pick<WaveglowConfig, 'upsample'> {
  const { melBands, hopLength } = melPresets[defaultMel]
  if (source.has('upsample.weight')) {
    source.expect('upsample.weight', [melBands, melBands, axis(source, 'upsample.weight', 2)])
    return { upsample: { kernelSize: axis(source, 'upsample.weight', 2), stride: hopLength } }
  }
  const name = source.has('WN.0.cond_layer.weight') ? 'WN.0.cond_layer.weight' : 'WN.0.cond_layers.0.weight'
  const bands = axis(source, name, 1)
  if (bands !== melBands)
    refuse(`tensor ${quoteName(name)}`, plural(bands, 'mel band'), `${melBands}, of ${defaultMel}`)
  return {}
}

/**
 * The same names and shapes are those of glow.py before August 2019 and of glow_old.py, whose couplings change sides. A
 * pickled module tells which by its class; the copies in DeepLearningExamples, which keep a config, never change sides.
 */
function couplings(source: SourceTensors, { className, hasConfigBeside }: Origin): 'second' | 'alternate' {
  if (className !== undefined) return className.startsWith('glow_old.') ? 'alternate' : 'second'
  const isOld = source.has('WN.0.cond_layers.0.weight') && convolutionKind(source) === 'dense'
  if (!isOld || hasConfigBeside) return 'second'
  return refuse(
    'couplings of a state dict with cond_layers',
    'no class that tells which half of the channels they change',
    'a choice: second (glow.py) or alternate (glow_old.py), with --couplings',
  )
}

function checkNumbers(config: WaveglowConfig, numbers: ReadonlyMap<string, number>): void {
  const isEarly = config.earlyEvery < config.flows
  const expected: Record<string, number> = {
    n_flows: config.flows,
    n_group: config.groupSize,
    n_audio_channel: config.groupSize,
    ...(isEarly ? { n_early_every: config.earlyEvery, n_early_size: config.earlySize } : {}),
  }
  for (const [name, value] of Object.entries(expected)) {
    const got = numbers.get(name)
    if (got !== undefined && got !== value)
      refuse(`module attribute ${name}`, `${got}`, `${value}, as its weights tell`)
  }
}
