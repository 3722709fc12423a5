import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fewItems, saveCalibration } from '../density/calibration.js'
import {
  calibrateContentGroup,
  emptyContentCalibration,
  loadContentCalibration,
} from '../density/content-calibration.js'
import { ContentMeter } from '../density/content-meter.js'
import { loadContentModel } from '../density/content-model.js'
import { type ContentStretch, readContentRecordings } from '../density/content-recording.js'
import { GlowcastError } from '../errors.js'
import { calibrationFile } from '../models/model-folder.js'
import type { CalibrateCliOptions } from './calibrate.js'
import { engineFrom } from './options.js'
import { createProgress } from './progress.js'
import { recordingsOf } from './recordings.js'

/** `glowcast calibrate --content`: adds or replaces a group of a content model's calibration. */
export async function contentCalibrate(folder: string, options: CalibrateCliOptions): Promise<void> {
  const { group = 'default', seed } = options
  if (options.blockSeconds !== undefined) {
    throw new GlowcastError('INVALID_ARGUMENT', '--block-seconds', 'it with --content', 'no such option')
  }
  if (options.split === 'held-out') {
    throw new GlowcastError('INVALID_ARGUMENT', '--split', 'held-out with --content', 'all')
  }
  const recordings = await recordingsOf(options.data)
  const model = await loadContentModel(folder)
  const path = options.out ?? join(folder, calibrationFile)
  const before = existsSync(path)
    ? await loadContentCalibration(path, model.hash)
    : emptyContentCalibration(model.hash)
  const meter = await ContentMeter.create(await engineFrom(options), model.config, model.flows)
  const progress = createProgress({ label: 'calibrate', total: recordings.length, unit: 'recordings' })
  const trained = new Set(model.config.training.files)
  const skipped: string[] = []
  const items = []
  try {
    for (const [index, { path }] of recordings.entries()) {
      for (const recording of await readContentRecordings([path], model.config, skipped)) {
        // As for the texture, one longer than a stretch counts by its first one.
        const [{ patches, seconds }] = recording.stretches as [ContentStretch]
        if (trained.has(recording.hash)) skipped.push(`${path}: it trained the model`)
        else items.push(await meter.measurePatches(patches, seconds))
      }
      progress.update(index + 1)
    }
  } finally {
    progress.finish()
    await meter.dispose()
  }
  for (const reason of skipped) console.error(`left out: ${reason}`)
  const date = new Date().toISOString().slice(0, 10)
  const made = calibrateContentGroup(model.config.reference, items, { seed, date })
  await saveCalibration(path, { ...before, groups: { ...before.groups, [group]: made } })
  if (made.n < fewItems) {
    console.error(`warning: ${made.n} recordings calibrate; with fewer than ${fewItems} p-values are coarse`)
  }
  const smallestPValue = 1 / (made.n + 1)
  const figures = { calibration: path, group, n: made.n, smallestPValue, skipped: skipped.length }
  if (options.json === true) console.log(JSON.stringify(figures))
  else console.log(`${path}: group ${group}, n = ${made.n}, p from ${smallestPValue.toFixed(4)}`)
}
