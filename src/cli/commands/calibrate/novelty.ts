import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { calibrationFile } from '../../../models/files/model-folder.js'
import { plural } from '../../../plural.js'
import {
  type ContentGroup,
  calibrateContentGroup,
  emptyContentCalibration,
  loadContentCalibration,
} from '../../../scoring/novelty/calibration.js'
import type { ContentMeasurement } from '../../../scoring/novelty/measurement.js'
import { ContentMeter } from '../../../scoring/novelty/meter.js'
import { type ContentModel, loadContentModel } from '../../../scoring/novelty/model.js'
import { type ContentStretch, readContentRecordings } from '../../../scoring/novelty/recording.js'
import { type ContentNormal, contentDeviations, contentScore } from '../../../scoring/novelty/statistics.js'
import { conformalP } from '../../../scoring/statistics/conformal.js'
import { fewItems, updateCalibration } from '../../../scoring/texture/calibration/file.js'
import { engineFrom } from '../../options.js'
import { conflict } from '../../program/wrong-options.js'
import { type CliIo, note, print } from '../../terminal/io.js'
import { createProgress } from '../../terminal/progress.js'
import { recordingsOf } from '../../terminal/recordings.js'
import { oneLine } from '../../terminal/text.js'
import type { CalibrateCliOptions } from './options.js'

/** At which the share of the negatives that is found is told. */
const toldRates = [0.1, 0.05, 0.01]

/** `glowcast calibrate --content`: adds or replaces a group of a content model's calibration. */
export async function contentCalibrate(
  folder: string,
  options: CalibrateCliOptions,
  io: CliIo,
): Promise<void> {
  const { group = 'default', seed } = options
  requireSupported(options)
  const recordings = await recordingsOf(options.data, io)
  const wrong = options.negatives === undefined ? [] : await recordingsOf(options.negatives, io)
  const model = await loadContentModel(folder)
  const normal = { reference: model.config.reference, profiles: model.profiles }
  const path = options.out ?? join(folder, calibrationFile)
  const asItIs = async () =>
    existsSync(path) ? loadContentCalibration(path, model.hash) : emptyContentCalibration(model.hash)
  await asItIs()
  const meter = await ContentMeter.create(await engineFrom(options), model.config, model.flows)
  const total = recordings.length + wrong.length
  const progress = createProgress({ label: 'calibrate', total, unit: 'recordings', stream: io.stderr })
  const skipped: string[] = []
  const warnings: string[] = []
  let done = 0
  const onFile = () => progress.update(++done)
  let measured: Record<'items' | 'negatives', ContentMeasurement[]>
  try {
    measured = {
      items: await measure(recordings, model, meter, { skipped, warnings }, onFile),
      negatives: await measure(wrong, model, meter, { skipped, warnings }, onFile),
    }
  } finally {
    progress.finish()
    await meter.dispose()
  }
  for (const reason of skipped) note(io, `skipped ${oneLine(reason)}`)
  for (const line of warnings) note(io, `warning: ${oneLine(line)}`)
  const date = new Date().toISOString().slice(0, 10)
  const made = calibrateContentGroup(normal, measured.items, { seed, date })
  await updateCalibration(path, async () => {
    const before = await asItIs()
    return { ...before, groups: { ...before.groups, [group]: made } }
  })
  if (made.n < fewItems) {
    note(
      io,
      `warning: calibrated on ${plural(made.n, 'recording')}; with fewer than ${fewItems}, p-values are coarse`,
    )
  }
  const negatives = foundAmong(measured.negatives, normal, made)
  const smallestPValue = 1 / (made.n + 1)
  const figures = {
    calibration: path,
    group,
    n: made.n,
    smallestPValue,
    skipped: skipped.length,
    ...(options.negatives === undefined ? {} : { negatives }),
  }
  if (options.json === true) return print(io, JSON.stringify(figures))
  print(io, `${path}: group ${group}, n = ${made.n}, p from ${smallestPValue.toFixed(4)}`)
  for (const { rate, found } of negatives.atRates) {
    const share =
      found === null
        ? `unknown: it needs more than ${plural(made.n, 'recording')}`
        : `${(100 * found).toFixed(0)} % of ${plural(negatives.n, 'negative')} found`
    print(io, `at a false-alarm rate of ${rate}: ${share}`)
  }
}

function requireSupported({ split, jobs, blockSeconds }: CalibrateCliOptions): void {
  if (blockSeconds !== undefined) {
    throw conflict('--block-seconds', '--content', 'a content model scores whole files')
  }
  if (split === 'held-out') {
    throw conflict('--split held-out', '--content', 'the training recordings are left out in any case')
  }
  if (jobs !== undefined) throw conflict('--jobs', '--content', 'recordings are measured one by one')
}

/** As for the texture, a recording longer than a stretch counts by its first one. */
async function measure(
  recordings: readonly { readonly path: string }[],
  { config }: ContentModel,
  meter: ContentMeter,
  { skipped, warnings }: { readonly skipped: string[]; readonly warnings: string[] },
  onFile: () => void,
): Promise<ContentMeasurement[]> {
  const trained = new Set(config.training.files)
  const measured: ContentMeasurement[] = []
  const seen = new Set<string>()
  for (const { path } of recordings) {
    const read = await readContentRecordings([path], config, skipped, undefined, seen, (line) =>
      warnings.push(line),
    )
    for (const { hash, stretches } of read) {
      const [{ patches, seconds }] = stretches as [ContentStretch]
      if (trained.has(hash)) skipped.push(`${path}: it trained the model`)
      else measured.push(await meter.measurePatches(patches, seconds))
    }
    onFile()
  }
  return measured
}

/** Share of recordings whose p is at most each rate; null for a rate that no p of the group can reach. */
function foundAmong(
  items: readonly ContentMeasurement[],
  normal: ContentNormal,
  { n, scores, seed }: ContentGroup,
): { n: number; atRates: { rate: number; found: number | null }[] } {
  if (items.length === 0) return { n: 0, atRates: [] }
  const pValues = items.map(({ statistics }, index) =>
    conformalP(contentScore(contentDeviations(normal, statistics)), scores, { seed, index }),
  )
  const atRates = toldRates.map((rate) => ({
    rate,
    found: 1 / (n + 1) > rate ? null : pValues.filter((p) => p <= rate).length / pValues.length,
  }))
  return { n: items.length, atRates }
}
