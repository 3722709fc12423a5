import type { MelConfig } from '../audio/mel.js'
import { GlowcastError } from '../errors.js'
import type { Recording, Skipped } from './dataset.js'
import { type Features, recordingFeatures } from './features.js'

export interface PreparedData {
  readonly training: Features[]
  readonly validation: Features[]
  readonly skipped: Skipped[]
}

/**
 * Analyses all recordings that may be trained or validated on; judging phrases are left out. A recording
 * that cannot be used is skipped with its reason.
 *
 * @throws GlowcastError INVALID_DATASET when nothing to train on is left
 */
export async function prepareRecordings(
  recordings: readonly Recording[],
  mel: MelConfig,
  options: { minimumFrames: number; cacheFolder: string; progress?: (done: number, total: number) => void },
): Promise<PreparedData> {
  const prepared: PreparedData = { training: [], validation: [], skipped: [] }
  const wanted = recordings.filter(({ split }) => split !== 'judging')
  for (const [index, recording] of wanted.entries()) {
    try {
      const features = await recordingFeatures(recording, mel, options.minimumFrames, options.cacheFolder)
      prepared[recording.split === 'validation' ? 'validation' : 'training'].push(features)
    } catch (error) {
      if (!(error instanceof GlowcastError)) throw error
      prepared.skipped.push({ path: recording.path, reason: error.message })
    }
    options.progress?.(index + 1, wanted.length)
  }
  if (prepared.training.length === 0) {
    const first = prepared.skipped[0]
    throw new GlowcastError(
      'INVALID_DATASET',
      'data',
      first === undefined ? 'no training phrases' : `none usable (${first.reason})`,
      'at least one recording to train on',
    )
  }
  return prepared
}
