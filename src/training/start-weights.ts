import { invalidModel } from '../errors.js'
import { type HostTensor, initializeParameters } from '../flow/parameters.js'
import { loadModelFolder } from '../models/files/model-folder.js'
import type { GlowcastModel } from '../models/glowcast/model.js'

/**
 * Weights to start training from: each from the first model folder that has it in this shape, new where none has, so
 * that one part of a model can be changed, or taken from another model, and the rest kept.
 *
 * @returns all weights of the model, and the names of the new ones
 * @throws GlowcastError INVALID_MODEL when a folder is damaged or gives nothing
 */
export async function startWeights(
  folders: readonly string[],
  model: GlowcastModel,
  seed: number,
): Promise<{ weights: Record<string, HostTensor>; fresh: string[] }> {
  const weights = initializeParameters(model.parameters, seed)
  const open = new Set(Object.keys(model.parameters))
  for (const folder of folders) {
    const { weights: known } = await loadModelFolder(folder, (json) => json)
    const given = [...open].filter((name) => `${known[name]?.shape}` === `${model.parameters[name]!.shape}`)
    if (given.length === 0) {
      throw invalidModel(folder, 'no weight that is wanted', 'a model that resembles it')
    }
    for (const name of given) {
      weights[name] = known[name]!
      open.delete(name)
    }
  }
  return { weights, fresh: [...open].filter((name) => model.parameters[name]!.trainable) }
}
