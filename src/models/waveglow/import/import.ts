import type { HostTensor } from '../../../flow/parameters.js'
import type { WaveglowConfig } from '../../config/model-config.js'
import type { LazyTensor } from '../../files/safetensors-file.js'
import { Checkpoint } from '../../pytorch/checkpoint.js'
import { PickleDict } from '../../pytorch/pickle/values.js'
import { convolutionKind, type ImportChoices, inferConfig } from './infer-config.js'
import { mapWeights } from './map-weights.js'
import { SourceTensors } from './source-tensors.js'
import { findStateDict } from './state-dict.js'

export interface ImportOptions extends ImportChoices {
  /** Path of the entry to take, where a checkpoint holds several models. */
  readonly key?: string
}

/** A WaveGlow or SqueezeWave of a PyTorch checkpoint that is still open. */
export interface ImportedWaveglow {
  readonly config: WaveglowConfig
  /** By the names of `waveglowModel(config).parameters`; the large ones are read when they are asked for. */
  readonly weights: Readonly<Record<string, HostTensor | LazyTensor>>
  readonly format: 'zip' | 'legacy'
  /** Where in the checkpoint the model was; empty for the checkpoint itself. */
  readonly path: string
  close(): Promise<void>
}

/**
 * Opens a PyTorch checkpoint as data, and finds the model in it. The file must stay until `close`.
 *
 * @throws GlowcastError IO; INVALID_MODEL, INVALID_CONFIG naming what is refused, missing or does not fit
 */
export async function openWaveglowCheckpoint(
  path: string,
  options: ImportOptions = {},
): Promise<ImportedWaveglow> {
  return waveglowOf(await Checkpoint.open(path), options)
}

/** Of a checkpoint that is open, which is closed when it is refused. */
export async function waveglowOf(
  checkpoint: Checkpoint,
  options: ImportOptions = {},
): Promise<ImportedWaveglow> {
  try {
    const state = findStateDict(checkpoint.value, options.key)
    const source = new SourceTensors(state.tensors, checkpoint)
    const { value } = checkpoint
    const hasConfigBeside = value instanceof PickleDict && value.entries.has('config')
    const config = inferConfig(source, { ...state, hasConfigBeside }, options)
    const weights = await mapWeights(source, config, convolutionKind(source))
    return { config, weights, format: checkpoint.format, path: state.path, close: () => checkpoint.close() }
  } catch (error) {
    await checkpoint.close()
    throw error
  }
}

/** All weights in memory. */
export async function readWeights(
  weights: Readonly<Record<string, HostTensor | LazyTensor>>,
): Promise<Record<string, HostTensor>> {
  const read: Record<string, HostTensor> = {}
  for (const [name, tensor] of Object.entries(weights)) {
    read[name] = { shape: tensor.shape, data: 'data' in tensor ? tensor.data : await tensor.read() }
  }
  return read
}
