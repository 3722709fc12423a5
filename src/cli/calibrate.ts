import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { calibrateGroup, splitItems } from '../density/calibrate.js'
import { type Calibration, fewItems, loadCalibration, saveCalibration } from '../density/calibration.js'
import { densityHash } from '../density/density-hash.js'
import { GlowcastError } from '../errors.js'
import { loadGlowcastModel } from '../models/load-model.js'
import { calibrationFile } from '../models/model-folder.js'
import type { Recording } from '../training/dataset.js'
import { contentCalibrate } from './content-calibrate.js'
import { defaultJobs, measureRecordings } from './density-jobs.js'
import type { EngineOptions } from './options.js'
import { createProgress } from './progress.js'
import { recordingsOf } from './recordings.js'

export interface CalibrateCliOptions extends EngineOptions {
  readonly data: string[]
  readonly model: string
  /** Folder of a content model, which is then calibrated instead. */
  readonly content?: string
  /** With `content`: folders of what is known to be wrong, of which the share that is found is told. */
  readonly negatives?: string[]
  readonly group: string
  readonly split: 'all' | 'held-out'
  readonly out?: string
  readonly seed: number
  readonly jobs?: number
  readonly json?: boolean
}

/** Of recordings that no split tells apart, this share says what is normal; the rest calibrates. */
const fittingShare = 1 / 3

/** Training recordings that say what is normal, spread evenly: more cost time and change little. */
const mostFitting = 160

/** `glowcast calibrate`: adds or replaces a group of a calibration file. */
export async function calibrate(options: CalibrateCliOptions): Promise<void> {
  if (options.content !== undefined) return contentCalibrate(options.content, options)
  if (options.negatives !== undefined) {
    throw new GlowcastError('INVALID_ARGUMENT', '--negatives', 'it without --content', '--content FOLDER')
  }
  const { fitting, items } = chosen(await recordingsOf(options.data), options)
  const { config, weights } = await loadGlowcastModel(options.model)
  const density = densityHash(config, weights)
  const path = options.out ?? join(options.model, calibrationFile)
  const before: Calibration = existsSync(path)
    ? await loadCalibration(path, density)
    : { format: 'glowcast-calibration', version: 2, density, groups: {} }
  const all = [...fitting, ...items]
  const progress = createProgress({ label: 'calibrate', total: all.length, unit: 'recordings' })
  try {
    const settings = { model: options.model, engine: options }
    const jobs = options.jobs ?? defaultJobs(options, all.length)
    const paths = all.map((recording) => recording.path)
    const { results } = await measureRecordings(paths, settings, jobs, progress.update)
    const measured = (from: number, to: number) =>
      results.slice(from, to).flatMap(({ measurement }) => measurement ?? [])
    const date = new Date().toISOString().slice(0, 10)
    const group = calibrateGroup(measured(0, fitting.length), measured(fitting.length, all.length), {
      seed: options.seed,
      date,
    })
    await saveCalibration(path, { ...before, groups: { ...before.groups, [options.group]: group } })
    report(
      options,
      path,
      group.n,
      group.referenceItems,
      results.flatMap(({ skipped }) => skipped ?? []),
    )
  } finally {
    progress.finish()
  }
}

function chosen(
  recordings: readonly Recording[],
  { split, seed }: CalibrateCliOptions,
): { fitting: Recording[]; items: Recording[] } {
  if (split === 'all') {
    const { aside, rest } = splitItems(recordings, fittingShare, seed)
    return { fitting: aside, items: rest }
  }
  const training = recordings.filter((recording) => recording.split === 'training')
  const count = Math.min(mostFitting, training.length)
  const held = recordings.filter((recording) => recording.split !== 'training' && !isForTests(recording))
  if (count === 0 || held.length === 0) {
    const expected = 'phrases of training and others, told apart by number as `glowcast train` does'
    throw new GlowcastError(
      'INVALID_DATASET',
      '--split held-out',
      `${count} and ${held.length} recordings`,
      expected,
    )
  }
  const fitting = Array.from(
    { length: count },
    (_, i) => training[Math.floor((i * training.length) / count)]!,
  )
  return { fitting, items: held }
}

/** Every third judging phrase calibrates nothing, so that a calibration can be tested. */
export function isForTests({ split, phrase }: Recording): boolean {
  return split === 'judging' && Math.floor(phrase / 20) % 3 === 0
}

function report(
  { group, json }: CalibrateCliOptions,
  path: string,
  n: number,
  referenceItems: number,
  skipped: readonly string[],
): void {
  for (const reason of skipped) console.error(`left out: ${reason}`)
  if (n < fewItems)
    console.error(`warning: ${n} recordings calibrate; with fewer than ${fewItems} p-values are coarse`)
  const figures = {
    calibration: path,
    group,
    n,
    referenceItems,
    smallestPValue: 1 / (n + 1),
    skipped: skipped.length,
  }
  if (json === true) console.log(JSON.stringify(figures))
  else
    console.log(
      `${path}: group ${group}, n = ${n} (reference: ${referenceItems}), p from ${(1 / (n + 1)).toFixed(4)}`,
    )
}
