import type { TextureMeasurement } from '../../../scoring/texture/reference/meter.js'
import { defaultJobs, measureRecordings } from '../../jobs/pool.js'
import type { CliIo } from '../../terminal/io.js'
import { createProgress } from '../../terminal/progress.js'
import { type CalibrateCliOptions, type CalibrationMeasurements, textureOf } from './options.js'

/** Recordings that are measured in one go, so that short ones can be joined; rows do not depend on the threads. */
const recordingsInRow = 32

/** Blocks of one recording that calibrate at most: its neighbours are alike, and more of them tell little. */
const mostEach = 100

/** Blocks that say what is normal, at most, when recordings are long: more cost time and change little. */
const mostFitting = 320

/** Blocks of a length of recordings that fit and of others that calibrate: no recording is in both. */
export async function measureBlocks(
  fitting: readonly string[],
  items: readonly string[],
  options: CalibrateCliOptions,
  io: CliIo,
): Promise<CalibrationMeasurements> {
  const blockSeconds = options.blockSeconds!
  const total = fitting.length + items.length
  const progress = createProgress({ label: 'calibrate', total, unit: 'recordings', stream: io.stderr })
  const measure = async (paths: readonly string[], most: number, withVariants: boolean, before: number) => {
    const rows = rowsOf(paths)
    const row = { blockSeconds, mostEach: most, withVariants }
    const settings = { detectors: [textureOf(options)], engine: options, row }
    const jobs = options.jobs ?? Math.min(rows.length, defaultJobs(options, paths.length))
    const onDone = (done: number) =>
      progress.update(before + Math.min(paths.length, Math.floor(done * recordingsInRow)))
    const { results } = await measureRecordings(rows, settings, Math.max(1, jobs), onDone)
    const found = results.flatMap((result) => result.row ?? [])
    return {
      measurements: found.flatMap(({ measurements }) => measurements as TextureMeasurement[][]),
      recordings: found.reduce((sum, { recordings }) => sum + recordings, 0),
      skipped: found.flatMap(({ skipped }) => skipped),
      warnings: found.flatMap(({ warnings }) => warnings),
    }
  }
  try {
    const fit = await measure(fitting, Math.max(1, Math.ceil(mostFitting / fitting.length)), true, 0)
    const rest = await measure(items, mostEach, false, fitting.length)
    return {
      fitting: fit.measurements,
      items: rest.measurements.flat(),
      skipped: [...fit.skipped, ...rest.skipped],
      warnings: [...fit.warnings, ...rest.warnings],
      blocks: { blockSeconds, recordings: rest.recordings },
    }
  } finally {
    progress.finish()
  }
}

function rowsOf(paths: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(paths.length / recordingsInRow) }, (_, row) =>
    paths.slice(row * recordingsInRow, (row + 1) * recordingsInRow),
  )
}
