import { join, resolve } from 'node:path'
import { invalidArgument, invalidDataset } from '../../../errors.js'
import { assertEnding } from '../../../io/output.js'
import { calibrationFile } from '../../../models/files/model-folder.js'
import { plural } from '../../../plural.js'
import { autoGroup } from '../../../scoring/calibration/condition.js'
import { addGroup, calibrationAt } from '../../../scoring/calibration/store.js'
import { calibrateGroup, holdOut } from '../../../scoring/texture/calibration/calibrate.js'
import type { TextureMeasurement } from '../../../scoring/texture/reference/meter.js'
import { minRecordings } from '../../../scoring/texture/reference/reference.js'
import { isForTests, type Recording } from '../../../training/data/dataset.js'
import { type LoadedDetector, loadDetector } from '../../jobs/detectors.js'
import { defaultJobs, measureRecordings } from '../../jobs/pool.js'
import { conflict, needs } from '../../program/wrong-options.js'
import type { CliIo } from '../../terminal/io.js'
import { createProgress } from '../../terminal/progress.js'
import { recordingsOf } from '../../terminal/recordings.js'
import { measureBlocks } from './blocks.js'
import { contentCalibrate } from './novelty.js'
import { type CalibrateCliOptions, type CalibrationMeasurements, textureOf } from './options.js'
import { reportGroup, today } from './report.js'

/** Of recordings that no split tells apart, this share says what is normal; the rest calibrates. */
const fittingShare = 1 / 3

/** Training recordings that say what is normal, spread evenly: more cost time and change little. */
const maxFitting = 160

/** As many when they are cut into blocks: some hold less than one. */
const maxFittingOfBlocks = 2 * maxFitting

/** `glowcast calibrate`: adds or replaces a group of a calibration file. */
export async function calibrate(options: CalibrateCliOptions, io: CliIo = process): Promise<void> {
  if (options.out !== undefined) assertEnding(options.out, ['.json'], 'a calibration')
  if (options.content !== undefined) return contentCalibrate(options.content, options, io)
  if (options.negatives !== undefined) {
    throw needs('--negatives', '--content')
  }
  if (options.group === autoGroup) {
    throw invalidArgument('--group', `"${autoGroup}"`, 'another name: it stands for the choice among groups')
  }
  const recordings = await recordingsOf(options.data, io)
  const { fitting, items } =
    options.reference === undefined
      ? chosen(recordings, options)
      : { fitting: await referenceOf(options.reference, recordings, options, io), items: recordings }
  const detector = await loadDetector(textureOf(options))
  const path = options.out ?? join(options.model, calibrationFile)
  // What it holds is not lost: a file that is none of these weights is refused before the work.
  await calibrationAt(path, detector)
  const name = options.group ?? (options.blockSeconds === undefined ? 'default' : 'blocks')
  const measured = await (options.blockSeconds === undefined ? measureWhole : measureBlocks)(
    fitting.map(({ path }) => path),
    items.map(({ path }) => path),
    detector,
    options,
    io,
  )
  const group = calibrateGroup(measured.fitting, measured.items, {
    seed: options.seed,
    date: today(),
    ...(measured.blocks === undefined ? {} : { blocks: measured.blocks }),
  })
  await addGroup(path, detector, name, group)
  const { skipped, warnings } = measured
  reportGroup({ path, name, group, skipped, warnings }, options.json === true, io)
}

/** @throws GlowcastError INVALID_ARGUMENT with a split; INVALID_DATASET for a recording that calibrates, too */
async function referenceOf(
  folders: readonly string[],
  items: readonly Recording[],
  { split }: CalibrateCliOptions,
  io: CliIo,
): Promise<Recording[]> {
  if (split === 'held-out') {
    throw conflict('--reference', '--split held-out', 'both say what is normal')
  }
  const reference = await recordingsOf(folders, io)
  const calibrating = new Set(items.map(({ path }) => resolve(path)))
  const both = reference.find(({ path }) => calibrating.has(resolve(path)))
  if (both === undefined) return reference
  throw invalidDataset('--reference', `${both.path}, which is in --data, too`, 'other recordings')
}

async function measureWhole(
  fitting: readonly string[],
  items: readonly string[],
  detector: LoadedDetector,
  options: CalibrateCliOptions,
  io: CliIo,
): Promise<CalibrationMeasurements> {
  const todo = [
    ...fitting.map((path) => ({ path, withVariants: true })),
    ...items.map((path) => ({ path, withVariants: false })),
  ]
  const total = todo.length
  const progress = createProgress({ label: 'calibrate', total, unit: 'recordings', stream: io.stderr })
  const settings = { detectors: [textureOf(options)], engine: options }
  const jobs = options.jobs ?? defaultJobs(options, total)
  try {
    const { results } = await measureRecordings(todo, settings, jobs, progress.update, [detector])
    const measured = results.map(({ measurements }) =>
      measurements === undefined ? [] : [measurements as TextureMeasurement[]],
    )
    return {
      fitting: measured.slice(0, fitting.length).flat(),
      items: measured.slice(fitting.length).flat(2),
      skipped: results.flatMap(({ skipped }) => skipped ?? []),
      warnings: results.flatMap(({ warnings }) => warnings ?? []),
    }
  } finally {
    progress.finish()
  }
}

function chosen(
  recordings: readonly Recording[],
  { split, seed, blockSeconds }: CalibrateCliOptions,
): { fitting: Recording[]; items: Recording[] } {
  if (split === 'all') {
    const { heldOut, rest } = holdOut(recordings, fittingShare, seed)
    // Blocks are counted when they are cut; recordings that cannot be used make it fewer still.
    if (blockSeconds === undefined && heldOut.length < minRecordings) {
      const got = plural(recordings.length, 'recording')
      const expected = `at least ${Math.ceil(minRecordings / fittingShare)}`
      const why = `a third of them defines what is normal, and that takes ${minRecordings}`
      const message = `--data: got ${got}, expected ${expected}: ${why}`
      throw invalidDataset('--data', got, expected, { message })
    }
    return { fitting: heldOut, items: rest }
  }
  const training = recordings.filter((recording) => recording.split === 'training')
  const count = Math.min(blockSeconds === undefined ? maxFitting : maxFittingOfBlocks, training.length)
  const held = recordings.filter((recording) => recording.split !== 'training' && !isForTests(recording))
  if (count === 0 || held.length === 0) {
    const expected = 'some of both; phrase numbers in file names tell them apart'
    throw invalidDataset(
      '--split held-out',
      `${plural(count, 'training recording')} and ${held.length} held out`,
      expected,
    )
  }
  const fitting = Array.from(
    { length: count },
    (_, i) => training[Math.floor((i * training.length) / count)]!,
  )
  return { fitting, items: held }
}
