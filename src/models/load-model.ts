import { join } from 'node:path'
import { invalidModel } from '../errors.js'
import type { GlowcastConfig, ModelConfig } from './config/model-config.js'
import { configFile } from './files/manifest.js'
import type { LoadedModel } from './files/model-files.js'
import { loadModelFolder } from './files/model-folder.js'
import { fittingModel } from './fitting-model.js'

export type LoadedWeights<Config extends ModelConfig = ModelConfig> = LoadedModel<Config>

/**
 * A model folder with weights that fit its config.
 *
 * @throws GlowcastError INVALID_MODEL, INVALID_CONFIG saying which file and what differs
 */
export async function loadModel(folder: string): Promise<LoadedWeights> {
  return fittingModel((parse) => loadModelFolder(folder, parse), join(folder, configFile))
}

/** @throws GlowcastError INVALID_MODEL also when the model is of another family */
export async function loadGlowcastModel(folder: string): Promise<LoadedWeights<GlowcastConfig>> {
  const loaded = await loadModel(folder)
  if (loaded.config.family !== 'glowcast') {
    throw invalidModel(folder, `a ${loaded.config.family} model`, 'a glowcast model')
  }
  return { ...loaded, config: loaded.config }
}
