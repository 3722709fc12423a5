import { trainingConfigSchema } from '../training/config.js'
import { type Recording, scanDataset } from '../training/dataset.js'

/** The recordings in folders, split by phrase as `glowcast train` does by default. @throws GlowcastError as `scanDataset` */
export async function recordingsOf(folders: readonly string[]): Promise<Recording[]> {
  const defaults = trainingConfigSchema.shape
  const { recordings } = await scanDataset(folders, {
    phraseNumber: defaults.phraseNumber.parse(undefined),
    validationPhrases: defaults.validationPhrases.parse(undefined),
    judgingPhrases: defaults.judgingPhrases.parse(undefined),
  })
  return recordings
}
