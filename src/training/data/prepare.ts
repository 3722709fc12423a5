import type { MelConfig } from '../../audio/mel/mel.js'
import { GlowcastError, invalidDataset } from '../../errors.js'
import { withLock } from '../../io/lock.js'
import { WriteError } from '../../io/system-error.js'
import type { Recording, Skipped } from './dataset.js'
import { type Features, recordingFeatures } from './features.js'

export interface PreparedData {
  readonly training: Features[]
  readonly validation: Features[]
  readonly skipped: Skipped[]
}

export interface PrepareOptions {
  readonly minimumFrames: number
  readonly cacheFolder: string
  readonly progress?: (done: number, total: number) => void
  /** Something that a person should read: an analysis that was damaged, a recording that is cut. */
  readonly notice?: (message: string) => void
}

/**
 * Analyses all recordings that may be trained or validated on; judging phrases are left out. A recording
 * that cannot be used is skipped with its reason. Meanwhile no other run may fill the same cache.
 *
 * @throws GlowcastError INVALID_DATASET when nothing to train on is left; IO when another process fills the cache;
 *   WriteError
 */
export async function prepareRecordings(
  recordings: readonly Recording[],
  mel: MelConfig,
  options: PrepareOptions,
): Promise<PreparedData> {
  const doing = 'recordings are being analysed into it'
  return withLock(options.cacheFolder, 'folder', { doing }, () => prepare(recordings, mel, options))
}

async function prepare(
  recordings: readonly Recording[],
  mel: MelConfig,
  { minimumFrames, cacheFolder, progress, notice }: PrepareOptions,
): Promise<PreparedData> {
  const prepared: PreparedData = { training: [], validation: [], skipped: [] }
  const wanted = recordings.filter(({ split }) => split !== 'judging')
  for (const [index, recording] of wanted.entries()) {
    try {
      const features = await recordingFeatures(recording, mel, minimumFrames, cacheFolder, notice)
      prepared[recording.split === 'validation' ? 'validation' : 'training'].push(features)
    } catch (error) {
      if (!(error instanceof GlowcastError) || error instanceof WriteError) throw error
      prepared.skipped.push({ path: recording.path, reason: error.message })
    }
    progress?.(index + 1, wanted.length)
  }
  if (prepared.training.length === 0) {
    const first = prepared.skipped[0]
    throw invalidDataset(
      'data',
      first === undefined ? 'no training phrases' : `none usable (${first.reason})`,
      'at least one recording to train on',
    )
  }
  return prepared
}
