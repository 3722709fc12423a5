import { trainingConfigSchema } from '../../training/config.js'
import { type Recording, scanDataset } from '../../training/data/dataset.js'
import { aboutFile } from './about-file.js'
import { type CliIo, note } from './io.js'

/**
 * The recordings in folders, split by phrase as `glowcast train` does by default; what is skipped is said.
 *
 * @param omitted folders that are written
 * @throws GlowcastError as `scanDataset`
 */
export async function recordingsOf(
  folders: readonly string[],
  io: CliIo = process,
  omitted: readonly string[] = [],
): Promise<Recording[]> {
  const defaults = trainingConfigSchema.shape
  const split = {
    phraseNumber: defaults.phraseNumber.parse(undefined),
    validationPhrases: defaults.validationPhrases.parse(undefined),
    judgingPhrases: defaults.judgingPhrases.parse(undefined),
  }
  const { recordings, skipped } = await scanDataset(folders, split, omitted)
  for (const { path, reason } of skipped) note(io, `skipped ${aboutFile(path, reason)}`)
  return recordings
}
