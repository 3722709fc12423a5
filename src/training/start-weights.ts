import { GlowcastError } from '../errors.js'
import { type HostTensor, initializeParameters } from '../flow/parameters.js'
import type { GlowcastModel } from '../models/glowcast.js'
import { loadModelFolder } from '../models/model-folder.js'

/**
 * Weights to start training from: those of a model folder where name and shape are the same, new ones
 * elsewhere, so that one part of a model can be changed and the rest kept.
 *
 * @returns all weights of the model, and the names of the new ones
 * @throws GlowcastError INVALID_MODEL when the folder is damaged or has nothing in common with the model
 */
export async function startWeights(
  folder: string,
  model: GlowcastModel,
  seed: number,
): Promise<{ weights: Record<string, HostTensor>; fresh: string[] }> {
  const { weights: known } = await loadModelFolder(folder, (json) => json)
  const weights = initializeParameters(model.parameters, seed)
  const fresh: string[] = []
  for (const [name, { shape, trainable }] of Object.entries(model.parameters)) {
    const found = Object.hasOwn(known, name) ? known[name] : undefined
    if (found !== undefined && `${found.shape}` === `${shape}`) weights[name] = found
    else if (trainable) fresh.push(name)
  }
  if (fresh.length > 0 && Object.values(weights).every((tensor) => !Object.values(known).includes(tensor))) {
    throw new GlowcastError('INVALID_MODEL', folder, 'no weight of this config', 'a model that resembles it')
  }
  return { weights, fresh }
}
