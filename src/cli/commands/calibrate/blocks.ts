import type { BlockRowOptions } from '../../../scoring/texture/calibration/block-row.js'
import type { TextureMeasurement } from '../../../scoring/texture/reference/meter.js'
import type { LoadedDetector } from '../../jobs/detectors.js'
import { defaultJobs, measureRecordings } from '../../jobs/pool.js'
import type { CliIo } from '../../terminal/io.js'
import { createProgress } from '../../terminal/progress.js'
import { type CalibrateCliOptions, type CalibrationMeasurements, textureOf } from './options.js'

/** Recordings that are measured in one go, so that short ones can be joined; rows do not depend on the threads. */
const recordingsInRow = 32

/** Blocks of one recording that calibrate at most: its neighbours are alike, and more of them tell little. */
const maxEach = 100

/** Blocks that say what is normal, at most, when recordings are long: more cost time and change little. */
const maxFitting = 320

/** Blocks of a length of recordings that fit and of others that calibrate: no recording is in both. */
export async function measureBlocks(
  fitting: readonly string[],
  items: readonly string[],
  detector: LoadedDetector,
  options: CalibrateCliOptions,
  io: CliIo,
): Promise<CalibrationMeasurements> {
  const blockSeconds = options.blockSeconds!
  const maxOfEachFitting = Math.max(1, Math.ceil(maxFitting / fitting.length))
  const rowsOfFitting = rowsOf(fitting, { blockSeconds, maxEach: maxOfEachFitting, withVariants: true })
  const rows = [...rowsOfFitting, ...rowsOf(items, { blockSeconds, maxEach, withVariants: false })]
  const total = fitting.length + items.length
  const progress = createProgress({ label: 'calibrate', total, unit: 'recordings', stream: io.stderr })
  const settings = { detectors: [textureOf(options)], engine: options }
  const jobs = options.jobs ?? Math.min(rows.length, defaultJobs(options, total))
  const onDone = (done: number) => progress.update(Math.floor((done * total) / rows.length))
  try {
    const { results } = await measureRecordings(rows, settings, jobs, onDone, [detector])
    const found = results.map(({ row }) => row!)
    const rest = found.slice(rowsOfFitting.length)
    const measured = (of: typeof found) =>
      of.flatMap(({ measurements }) => measurements as TextureMeasurement[][])
    return {
      fitting: measured(found.slice(0, rowsOfFitting.length)),
      items: measured(rest).flat(),
      skipped: found.flatMap(({ skipped }) => skipped),
      warnings: found.flatMap(({ warnings }) => warnings),
      blocks: { blockSeconds, recordings: rest.reduce((sum, { recordings }) => sum + recordings, 0) },
    }
  } finally {
    progress.finish()
  }
}

function rowsOf(paths: readonly string[], blocks: BlockRowOptions) {
  return Array.from({ length: Math.ceil(paths.length / recordingsInRow) }, (_, row) => ({
    paths: paths.slice(row * recordingsInRow, (row + 1) * recordingsInRow),
    blocks,
  }))
}
