import { assertFolder, assertOtherFile, assertOutside } from '../../../io/same-file.js'
import { filesOfModel } from '../../../models/files/model-folder.js'
import { reportParts } from '../../../report/page/files.js'
import { writeScoreReport } from '../../../report/scoring/report.js'
import { nItemsOf } from '../../../scoring/calibration/condition.js'
import { shareOfEach } from '../../../scoring/verdict/combined-score.js'
import type { FileScore } from '../../../scoring/verdict/file-score.js'
import { defaultJobs, measureRecordings } from '../../jobs/pool.js'
import { conflict, needs } from '../../program/wrong-options.js'
import { aboutFile } from '../../terminal/about-file.js'
import { type CliIo, note, print } from '../../terminal/io.js'
import { onInterrupt } from '../../terminal/on-interrupt.js'
import { createProgress } from '../../terminal/progress.js'
import { scoresCsv } from './csv.js'
import type { DetectorChoice, ScoreCliOptions } from './options.js'
import { exitCodeOf, printScores, reportDrift } from './print-scores.js'
import { type Ranking, rankings } from './rankings.js'
import { type ScoredFiles, scoredFiles } from './scored-files.js'

/** `glowcast score`: p-values and decisions for recordings. */
export async function score(
  given: readonly string[],
  options: ScoreCliOptions,
  io: CliIo = process,
): Promise<number> {
  const detector = detectorOf(options)
  await assertOtherFile('-', given)
  const files = await scoredFiles(given, io.stdin)
  try {
    if (options.html !== undefined) {
      await assertFolder(options.html)
      const inputs = [...files.paths, ...filesOfModel(options.model)]
      await assertOutside(options.html, inputs, reportParts)
    }
    for (const { path, reason } of files.skipped) note(io, `skipped ${aboutFile(path, reason)}`)
    return await scoreFiles(files, await rankings(detector, options), detector, options, io)
  } finally {
    await files.remove()
  }
}

async function scoreFiles(
  files: ScoredFiles,
  ranked: readonly Ranking[],
  detector: DetectorChoice,
  options: ScoreCliOptions,
  io: CliIo,
): Promise<number> {
  const [first] = ranked as [Ranking]
  const blocks = ranked.length === 1 ? first.blocks : {}
  const settings = {
    engine: options,
    detectors: ranked.map(({ settings }) => settings),
    score: {
      falseAlarmRate: options.falseAlarmRate * shareOfEach(ranked),
      seed: options.seed,
      withSegment: options.html !== undefined,
      ...blocks,
    },
  }
  const progress = createProgress({
    label: 'score',
    total: files.paths.length,
    unit: 'files',
    inParts: true,
    stream: io.stderr,
  })
  const stopListening = onInterrupt(() => progress.finish())
  try {
    const jobs = options.jobs ?? defaultJobs(options, files.paths.length)
    const loaded = ranked.map((ranking) => ranking.detector)
    const { results, engine } = await measureRecordings(files.paths, settings, jobs, progress.update, loaded)
    const items = results.map(({ score, segment }) => ({
      score: files.named(score!),
      ...(segment === undefined ? {} : { segment }),
    }))
    const scores = items.map((item) => item.score)
    if (options.html !== undefined) {
      const shown = {
        ...first.shown,
        ...(blocks.blockSeconds === undefined ? {} : { 'blocks of': `${blocks.blockSeconds} s` }),
        ...(detector === 'texture' ? {} : { detector }),
        'false-alarm rate': options.falseAlarmRate,
        engine,
      }
      await writeScoreReport(options.html, { settings: shown, items, ...first.detector.report })
    }
    if (options.json === true) {
      const about = (entry: FileScore) =>
        Object.assign(detector === 'texture' ? {} : { detector }, ...ranked.map((each) => each.about(entry)))
      print(
        io,
        JSON.stringify(
          scores.map((entry) => ({ ...entry, ...about(entry) })),
          null,
          1,
        ),
      )
    } else if (options.csv === true) io.stdout.write(scoresCsv(scores))
    else printScores(io, scores, options.html)
    // A combined p is no rank among one calibration, which the drift test is of.
    if (ranked.length === 1) reportDrift(io, scores, nItemsOf(first.settings.group), options)
    return exitCodeOf(scores)
  } finally {
    stopListening()
    progress.finish()
  }
}

/** @throws GlowcastError INVALID_ARGUMENT when the detector and other options do not go together */
function detectorOf(options: ScoreCliOptions): DetectorChoice {
  const { content, drift, blockSeconds } = options
  const detector = options.detector ?? (content === undefined ? 'texture' : 'content')
  if (content === undefined) {
    if (detector !== 'texture') throw needs(`--detector ${detector}`, '--content')
    if (options.contentCalibration !== undefined) throw needs('--content-calibration', '--content')
    if (options.contentGroup !== undefined) throw needs('--content-group', '--content')
    return detector
  }
  if (detector === 'texture') {
    throw conflict('--content', '--detector texture', 'choose the detector content or both')
  }
  if (blockSeconds !== undefined) {
    throw conflict('--block-seconds', '--content', 'a content model scores whole files')
  }
  if (drift !== undefined && detector === 'both') {
    throw conflict('--drift', '--detector both', 'the drift test needs one detector')
  }
  if (detector === 'content') assertNoTexture(options)
  return detector
}

/** Of what the content detector alone does not look at. */
function assertNoTexture({ calibration, group }: ScoreCliOptions): void {
  const why = (flag: string) => `it is for the detector texture; use --content-${flag}`
  if (calibration !== undefined) throw conflict('--calibration', '--content', why('calibration'))
  if (group !== undefined) throw conflict('--group', '--content', why('group'))
}
