import { type ModelConfig, parseModelConfig } from './config/model-config.js'
import { checkWeights } from './files/check-weights.js'
import type { LoadedModel } from './files/model-files.js'
import { glowcastModel } from './glowcast/model.js'
import { waveglowModel } from './waveglow/model.js'

/**
 * A model with weights that fit its config.
 *
 * @param load reads its files; it makes the config with the function that it gets
 * @param configPath what errors call the config
 * @throws GlowcastError INVALID_MODEL, INVALID_CONFIG saying what differs, and what `load` throws
 */
export async function fittingModel(
  load: (parse: (json: unknown) => ModelConfig) => Promise<LoadedModel<ModelConfig>>,
  configPath: string,
): Promise<LoadedModel<ModelConfig>> {
  const { config, weights, hash } = await load((json) => parseModelConfig(json, configPath))
  const { parameters } = config.family === 'glowcast' ? glowcastModel(config) : waveglowModel(config)
  const shapes = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]))
  checkWeights(shapes, weights)
  return { config, weights, hash }
}
