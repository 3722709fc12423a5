import { join } from 'node:path'
import { fileWarnings, warningLine } from '../../../audio/files/file-warnings.js'
import { GlowcastError } from '../../../errors.js'
import { calibrationFile } from '../../../models/files/model-folder.js'
import { plural } from '../../../plural.js'
import type { ContentGroup } from '../../../scoring/calibration/file.js'
import { addGroup, calibrationAt } from '../../../scoring/calibration/store.js'
import { NoveltyDetector } from '../../../scoring/novelty/detector.js'
import { loadContentModel } from '../../../scoring/novelty/model.js'
import { openRecording } from '../../../scoring/recording/open-recording.js'
import { firstSegmentOf } from '../../../scoring/recording/recording.js'
import { engineFrom } from '../../options.js'
import { conflict } from '../../program/wrong-options.js'
import { type CliIo, print } from '../../terminal/io.js'
import { createProgress } from '../../terminal/progress.js'
import { recordingsOf } from '../../terminal/recordings.js'
import type { CalibrateCliOptions } from './options.js'
import { reportGroup, today } from './report.js'

type Measurement = Awaited<ReturnType<NoveltyDetector['measure']>>['measurement']

/** At which the share of the negatives that is found is reported. */
const reportedRates = [0.1, 0.05, 0.01]

/** `glowcast calibrate --content`: adds or replaces a group of a content model's calibration. */
export async function contentCalibrate(
  folder: string,
  options: CalibrateCliOptions,
  io: CliIo,
): Promise<void> {
  const { group = 'default', seed } = options
  assertSupported(options)
  const recordings = await recordingsOf(options.data, io)
  const wrong = options.negatives === undefined ? [] : await recordingsOf(options.negatives, io)
  const model = await loadContentModel(folder)
  const path = options.out ?? join(folder, calibrationFile)
  await calibrationAt(path, { name: 'novelty', model: model.hash })
  const detector = await NoveltyDetector.create(await engineFrom(options), model)
  const trained = new Set(model.config.training.files)
  const total = recordings.length + wrong.length
  const progress = createProgress({ label: 'calibrate', total, unit: 'recordings', stream: io.stderr })
  const skipped: string[] = []
  const warnings: string[] = []
  let done = 0
  const onFile = () => progress.update(++done)
  let measured: Record<'items' | 'negatives', Measurement[]>
  try {
    measured = {
      items: await measure(recordings, detector, trained, { skipped, warnings }, onFile),
      negatives: await measure(wrong, detector, trained, { skipped, warnings }, onFile),
    }
  } finally {
    progress.finish()
    await detector.dispose()
  }
  const made = detector.calibrate({ fitting: [], items: measured.items }, { seed, date: today() })
  await addGroup(path, detector, group, made)
  const negatives = foundAmong(measured.negatives, detector, made)
  const found = options.negatives === undefined ? {} : { negatives }
  const asJson = options.json === true
  reportGroup({ path, name: group, group: made, skipped, warnings }, asJson, io, found)
  if (asJson) return
  for (const { rate, found } of negatives.atRates) {
    const share =
      found === null
        ? `unknown: it needs more than ${plural(made.n, 'recording')}`
        : `${(100 * found).toFixed(0)} % of ${plural(negatives.n, 'negative')} found`
    print(io, `at a false-alarm rate of ${rate}: ${share}`)
  }
}

function assertSupported({ split, jobs, blockSeconds, reference }: CalibrateCliOptions): void {
  if (blockSeconds !== undefined) {
    throw conflict('--block-seconds', '--content', 'a content model scores whole files')
  }
  if (split === 'held-out') {
    throw conflict('--split held-out', '--content', 'the training recordings are left out in any case')
  }
  if (reference !== undefined) {
    throw conflict('--reference', '--content', 'the training recordings say what is normal')
  }
  if (jobs !== undefined) throw conflict('--jobs', '--content', 'recordings are measured one by one')
}

/** As for the texture, a recording longer than a segment counts by its first one. */
async function measure(
  recordings: readonly { readonly path: string }[],
  detector: NoveltyDetector,
  trained: ReadonlySet<string>,
  { skipped, warnings }: { readonly skipped: string[]; readonly warnings: string[] },
  onFile: () => void,
): Promise<Measurement[]> {
  const measured: Measurement[] = []
  const seen = new Set<string>()
  for (const { path } of recordings) {
    try {
      const recording = await openRecording(path)
      detector.assertScorable(path, recording.facts)
      for (const warning of fileWarnings(recording.facts)) warnings.push(warningLine(path, warning))
      const hash = (await recording.hash())!
      if (seen.has(hash)) skipped.push(`${path}: a copy of another recording`)
      else if (trained.has(hash)) skipped.push(`${path}: it trained the model`)
      else {
        const segment = await firstSegmentOf(recording, detector.sampleRate)
        measured.push((await detector.measure(segment)).measurement)
      }
      seen.add(hash)
    } catch (error) {
      if (!(error instanceof GlowcastError)) throw error
      skipped.push(`${error.message} [${error.code}]`)
    }
    onFile()
  }
  return measured
}

/** Share of recordings whose p is at most each rate; null for a rate that no p of the group can reach. */
function foundAmong(
  items: readonly Measurement[],
  detector: NoveltyDetector,
  group: ContentGroup,
): { n: number; atRates: { rate: number; found: number | null }[] } {
  if (items.length === 0) return { n: 0, atRates: [] }
  const { n, seed } = group
  const pValues = items.map((item, index) => detector.score(item, group, { seed, index }).pValue)
  const atRates = reportedRates.map((rate) => ({
    rate,
    found: 1 / (n + 1) > rate ? null : pValues.filter((p) => p <= rate).length / pValues.length,
  }))
  return { n: items.length, atRates }
}
