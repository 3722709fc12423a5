import { join } from 'node:path'
import { melPresets } from '../../../audio/mel/mel.js'
import { requireFolder, requireOtherFile, requireOutside } from '../../../io/same-file.js'
import { densityHash } from '../../../likelihood/model-hash.js'
import { calibrationFile, filesOfModel } from '../../../models/files/model-folder.js'
import { loadGlowcastModel } from '../../../models/load-model.js'
import { reportParts } from '../../../report/page/files.js'
import { textureWords } from '../../../report/scoring/html.js'
import { writeScoreReport } from '../../../report/scoring/report.js'
import { blockGroups } from '../../../scoring/texture/calibration/choose-set.js'
import { chosenGroup, loadCalibration } from '../../../scoring/texture/calibration/file.js'
import { scoreOrigin } from '../../../scoring/verdict/answer.js'
import type { FileScore } from '../../../scoring/verdict/file-score.js'
import { defaultJobs, measureRecordings } from '../../jobs/pool.js'
import { conflict, needs } from '../../program/wrong-options.js'
import { aboutFile } from '../../terminal/about-file.js'
import { type CliIo, note, print } from '../../terminal/io.js'
import { onInterrupt } from '../../terminal/on-interrupt.js'
import { createProgress } from '../../terminal/progress.js'
import { scoresCsv } from './csv.js'
import { contentScore } from './novelty.js'
import type { Detector, ScoreCliOptions } from './options.js'
import { exitCodeOf, printScores, tellOfDrift } from './print-scores.js'
import { type ScoredFiles, scoredFiles } from './scored-files.js'

/** `glowcast score`: p-values and decisions for recordings. */
export async function score(
  given: readonly string[],
  options: ScoreCliOptions,
  io: CliIo = process,
): Promise<number> {
  const detector = detectorOf(options)
  await requireOtherFile('-', given)
  const files = await scoredFiles(given, io.stdin)
  try {
    if (options.html !== undefined) {
      await requireFolder(options.html)
      const inputs = [...files.paths, ...filesOfModel(options.model)]
      await requireOutside(options.html, inputs, reportParts)
    }
    for (const { path, reason } of files.skipped) note(io, `skipped ${aboutFile(path, reason)}`)
    return detector === 'texture'
      ? await textureScore(files, options, io)
      : await contentScore(files, options.content!, detector, options, io)
  } finally {
    await files.remove()
  }
}

async function textureScore(files: ScoredFiles, options: ScoreCliOptions, io: CliIo): Promise<number> {
  const model = await loadGlowcastModel(options.model)
  const path = options.calibration ?? join(options.model, calibrationFile)
  const calibration = await loadCalibration(path, densityHash(model.config, model.weights))
  const { whole, short } =
    options.blockSeconds === undefined
      ? { whole: options.group }
      : blockGroups(Object.entries(calibration.groups), options.group, options.blockSeconds)
  const groupName = chosenGroup(calibration, whole)
  const group = calibration.groups[groupName]!
  const blockSeconds = options.blockSeconds ?? group.blockSeconds
  const shortGroup =
    short === undefined || short === groupName
      ? {}
      : { shortGroup: { name: short, group: calibration.groups[short]! } }
  const { falseAlarmRate, seed } = options
  const settings = {
    model: options.model,
    engine: options,
    score: {
      group,
      falseAlarmRate,
      seed,
      withStretch: options.html !== undefined,
      ...(blockSeconds === undefined ? {} : { blockSeconds, ...shortGroup }),
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
  let scores: FileScore[]
  try {
    const jobs = options.jobs ?? defaultJobs(options, files.paths.length)
    const { results, engine } = await measureRecordings(files.paths, settings, jobs, progress.update)
    const items = results.map(({ score, stretch }) => ({
      score: files.named(score!),
      ...(stretch === undefined ? {} : { stretch }),
    }))
    scores = items.map((item) => item.score)
    const origin = scoreOrigin(path, groupName, group, model.hash)
    if (options.html !== undefined) {
      const shown = {
        model: model.hash,
        group: groupName,
        ...(group.blockSeconds === undefined
          ? { 'calibration recordings': group.n }
          : { 'calibration blocks': group.n }),
        ...(blockSeconds === undefined ? {} : { 'blocks of': `${blockSeconds} s` }),
        'false-alarm rate': options.falseAlarmRate,
        engine,
      }
      const { sampleRate, hopLength } = melPresets[model.config.mel]
      const words = { ...textureWords, highest: `${(sampleRate / 2000).toFixed(0)} kHz` }
      await writeScoreReport(options.html, { settings: shown, items, sampleRate, hopLength, words })
    }
    if (options.json === true)
      print(
        io,
        JSON.stringify(
          scores.map((entry) => ({ ...entry, ...origin })),
          null,
          1,
        ),
      )
    else if (options.csv === true) io.stdout.write(scoresCsv(scores))
    else printScores(io, scores, options.html)
    tellOfDrift(io, scores, group.n, options)
  } finally {
    stopListening()
    progress.finish()
  }
  return exitCodeOf(scores)
}

/** @throws GlowcastError INVALID_ARGUMENT when the detector and other options do not go together */
function detectorOf(options: ScoreCliOptions): Detector {
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
  // A combined p is no rank among one calibration, which the drift test is of.
  if (drift !== undefined && detector === 'both') {
    throw conflict('--drift', '--detector both', 'the drift test needs one detector')
  }
  if (detector === 'content') requireNoTexture(options)
  return detector
}

/** Of what the content detector alone does not look at. */
function requireNoTexture({ calibration, group }: ScoreCliOptions): void {
  const why = (flag: string) => `it is for the detector texture; use --content-${flag}`
  if (calibration !== undefined) throw conflict('--calibration', '--content', why('calibration'))
  if (group !== undefined) throw conflict('--group', '--content', why('group'))
}
