import { invalidModel } from '../../src/errors.js'
import type { GlowcastConfig } from '../../src/models/config/model-config.js'
import { type LoadedWeights, loadGlowcastModel } from '../../src/models/load-model.js'

/**
 * The model of a thread. The folder may have been replaced since the server read it first: threads of two models would
 * speak with two voices, and score by the calibration of another.
 *
 * @param hash of the model that is served; undefined for the thread that reads it first
 * @throws GlowcastError INVALID_MODEL, also for another model than the one that is served
 */
export async function loadServedModel(
  folder: string,
  hash: string | undefined,
): Promise<LoadedWeights<GlowcastConfig>> {
  const loaded = await loadGlowcastModel(folder)
  assertServedModel(folder, loaded.hash, hash)
  return loaded
}

/** @throws GlowcastError INVALID_MODEL */
function assertServedModel(folder: string, got: string, hash: string | undefined): void {
  if (hash === undefined || got === hash) return
  const expected = `${hash.slice(0, 12)}, which is served: put it back, or start the server anew`
  throw invalidModel(folder, `another model, ${got.slice(0, 12)}`, expected)
}
