import { join } from 'node:path'
import { invalidModel } from '../errors.js'
import type { HostTensor } from '../flow/parameters.js'
import { type GlowcastConfig, type ModelConfig, parseModelConfig } from './config/model-config.js'
import { checkWeights } from './files/check-weights.js'
import { loadModelFolder } from './files/model-folder.js'
import { glowcastModel } from './glowcast/model.js'
import { waveglowModel } from './waveglow/model.js'

export interface LoadedWeights<Config extends ModelConfig = ModelConfig> {
  readonly config: Config
  readonly weights: Record<string, HostTensor>
  /** sha256 that names this very model. */
  readonly hash: string
}

/**
 * A model folder with weights that fit its config.
 *
 * @throws GlowcastError INVALID_MODEL, INVALID_CONFIG saying which file and what differs
 */
export async function loadModel(folder: string): Promise<LoadedWeights> {
  const { config, weights, hash } = await loadModelFolder(folder, (json) =>
    parseModelConfig(json, join(folder, 'config.json')),
  )
  const { parameters } = config.family === 'glowcast' ? glowcastModel(config) : waveglowModel(config)
  const shapes = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]))
  checkWeights(shapes, weights)
  return { config, weights, hash }
}

/** @throws GlowcastError INVALID_MODEL also when the model is of another family */
export async function loadGlowcastModel(folder: string): Promise<LoadedWeights<GlowcastConfig>> {
  const loaded = await loadModel(folder)
  if (loaded.config.family !== 'glowcast') {
    throw invalidModel(folder, `a ${loaded.config.family} model`, 'a glowcast model')
  }
  return { ...loaded, config: loaded.config }
}
