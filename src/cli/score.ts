import { join } from 'node:path'
import { melPresets } from '../audio/mel.js'
import { chosenGroup, loadCalibration } from '../density/calibration.js'
import { densityHash } from '../density/density-hash.js'
import type { FileScore } from '../density/file-score.js'
import { writeScoreReport } from '../density/score-report.js'
import { loadGlowcastModel } from '../models/load-model.js'
import { calibrationFile } from '../models/model-folder.js'
import { defaultJobs, measureRecordings } from './density-jobs.js'
import type { EngineOptions } from './options.js'
import { roundFigures } from './print.js'
import { createProgress } from './progress.js'
import { scoresCsv } from './score-csv.js'

export interface ScoreCliOptions extends EngineOptions {
  readonly model: string
  readonly calibration?: string
  readonly group?: string
  readonly falseAlarmRate: number
  readonly seed: number
  readonly jobs?: number
  readonly json?: boolean
  readonly csv?: boolean
  readonly html?: string
}

/** Exit codes beside 0 (all accepted) and 1 (some file could not be read, or bad options). */
const notAccepted = 2

/** Error codes that speak of the recording's content: an answer, not a failure to read it. */
const contentCodes: ReadonlySet<string> = new Set(['TOO_SHORT', 'SILENT', 'NON_FINITE'])

/** `glowcast score`: p-values and decisions for recordings. */
export async function score(files: readonly string[], options: ScoreCliOptions): Promise<void> {
  const model = await loadGlowcastModel(options.model)
  const path = options.calibration ?? join(options.model, calibrationFile)
  const calibration = await loadCalibration(path, densityHash(model.config, model.weights))
  const groupName = chosenGroup(calibration, options.group)
  const group = calibration.groups[groupName]!
  const { falseAlarmRate, seed } = options
  const settings = {
    model: options.model,
    engine: options,
    score: { group, falseAlarmRate, seed, withStretch: options.html !== undefined },
  }
  const progress = createProgress({ label: 'score', total: files.length, unit: 'files' })
  let scores: FileScore[]
  try {
    const jobs = options.jobs ?? defaultJobs(options, files.length)
    const { results, engine } = await measureRecordings(files, settings, jobs, progress.update)
    const items = results.map(({ score, stretch }) => ({
      score: score!,
      ...(stretch === undefined ? {} : { stretch }),
    }))
    scores = items.map((item) => item.score)
    const { n, date } = group
    const about = {
      calibration: { file: path, group: groupName, n, date, seed: group.seed },
      model: model.hash,
    }
    if (options.html !== undefined) {
      const shown = {
        model: model.hash,
        group: groupName,
        'calibration recordings': n,
        'false-alarm rate': options.falseAlarmRate,
        engine,
      }
      const { sampleRate, hopLength } = melPresets[model.config.mel]
      await writeScoreReport(options.html, { settings: shown, items, sampleRate, hopLength })
    }
    if (options.json === true)
      console.log(
        JSON.stringify(
          scores.map((entry) => ({ ...entry, ...about })),
          null,
          1,
        ),
      )
    else if (options.csv === true) process.stdout.write(scoresCsv(scores))
    else printScores(scores, options.html)
  } finally {
    progress.finish()
  }
  process.exitCode = exitCodeOf(scores)
}

function exitCodeOf(scores: readonly FileScore[]): number {
  if (scores.some(({ error }) => error !== undefined && !contentCodes.has(error.code))) return 1
  return scores.every(({ decision }) => decision === 'accept') ? 0 : notAccepted
}

function printScores(scores: readonly FileScore[], html: string | undefined): void {
  for (const { file, decision, pValue, bitsPerSample, reasons, anomalies, warnings, error } of scores) {
    const { p, bits } = roundFigures({ p: pValue, bits: bitsPerSample })
    const figures =
      error === undefined ? `p = ${p}, ${bits} bits per sample` : `${error.message} [${error.code}]`
    console.log(`${decision.padEnd(7)} ${file}: ${[...reasons, figures].join(', ')}`)
    for (const { startSeconds, endSeconds, kind } of anomalies) {
      console.log(`        ${startSeconds.toFixed(2)} to ${endSeconds.toFixed(2)} s: ${kind}`)
    }
    for (const { code, message } of warnings) console.error(`warning: ${file}: ${message} [${code}]`)
  }
  if (html !== undefined) console.log(`report: ${html}/index.html`)
}
