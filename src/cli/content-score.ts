import { join } from 'node:path'
import { chosenGroup, loadCalibration } from '../density/calibration.js'
import { loadContentCalibration } from '../density/content-calibration.js'
import { ContentMeter } from '../density/content-meter.js'
import { loadContentModel } from '../density/content-model.js'
import {
  type ContentFileScore,
  combinedScore,
  scoreContentFile,
  shareOfBoth,
} from '../density/content-score.js'
import { scoreFile } from '../density/file-score.js'
import { recordingChunkFrames } from '../density/likelihood.js'
import { RecordingMeter } from '../density/recording-meter.js'
import { scoreOrigin } from '../density/score-answer.js'
import type { Engine } from '../engine/index.js'
import { GlowcastError } from '../errors.js'
import { loadGlowcastModel } from '../models/load-model.js'
import { calibrationFile } from '../models/model-folder.js'
import { engineFrom } from './options.js'
import { createProgress } from './progress.js'
import { exitCodeOf, printScores, type ScoreCliOptions, tellOfDrift } from './score.js'
import { scoresCsv } from './score-csv.js'

export type Detector = 'texture' | 'content' | 'both'

type Scorer = (file: string, index: number) => Promise<ContentFileScore>

/** What scores files, and what the JSON says about it. */
interface Opened {
  readonly score: Scorer
  readonly about: object
  /** That p-values of the content are ranks among. */
  readonly calibrationItems: number
  dispose(): Promise<void>
}

/** `glowcast score --content`: by a content model alone, or together with the texture. */
export async function contentScore(
  files: readonly string[],
  folder: string,
  detector: 'content' | 'both',
  options: ScoreCliOptions,
): Promise<void> {
  requireSupported(detector, options)
  const engine = await engineFrom(options)
  const opened =
    detector === 'content'
      ? await openContent(engine, folder, options)
      : await openBoth(engine, folder, options)
  const progress = createProgress({ label: 'score', total: files.length, unit: 'files' })
  const scores: ContentFileScore[] = []
  try {
    for (const [index, file] of files.entries()) {
      scores.push(await opened.score(file, index))
      progress.update(index + 1)
    }
  } finally {
    progress.finish()
    await opened.dispose()
  }
  if (options.json === true) {
    const entries = scores.map((score) => ({ ...score, detector, ...opened.about }))
    console.log(JSON.stringify(entries, null, 1))
  } else if (options.csv === true) process.stdout.write(scoresCsv(scores))
  else printScores(scores, undefined)
  if (detector === 'content') tellOfDrift(scores, opened.calibrationItems, options)
  process.exitCode = exitCodeOf(scores)
}

/** @throws GlowcastError INVALID_ARGUMENT for options that a content model does not serve */
function requireSupported(
  detector: 'content' | 'both',
  { html, jobs, drift, blockSeconds }: ScoreCliOptions,
): void {
  const refuse = (option: string, got: string, expected: string) => {
    throw new GlowcastError('INVALID_ARGUMENT', option, got, expected)
  }
  if (html !== undefined) refuse('--html', 'it with --content', '--json, --csv or neither')
  if (blockSeconds !== undefined) refuse('--block-seconds', 'it with --content', 'files as a whole')
  if (jobs !== undefined) refuse('--jobs', 'it with --content', 'one file at a time')
  // A combined p is no rank among one calibration, which the drift test is of.
  if (drift !== undefined && detector === 'both') refuse('--drift', 'it with --detector both', 'one detector')
}

async function openContent(engine: Engine, folder: string, options: ScoreCliOptions): Promise<Opened> {
  const { config, flows, hash } = await loadContentModel(folder)
  const path = options.contentCalibration ?? join(folder, calibrationFile)
  const { groups } = await loadContentCalibration(path, hash)
  const name = chosenGroup({ groups }, options.contentGroup)
  const group = groups[name]!
  const meter = await ContentMeter.create(engine, config, flows)
  const { falseAlarmRate, seed } = options
  const { reference } = config
  return {
    score: (file, index) => scoreContentFile(file, meter, { reference, group, falseAlarmRate, seed, index }),
    about: {
      contentCalibration: { file: path, group: name, n: group.n, date: group.date, seed: group.seed },
      contentModel: hash,
    },
    calibrationItems: group.n,
    dispose: () => meter.dispose(),
  }
}

async function openBoth(engine: Engine, folder: string, options: ScoreCliOptions): Promise<Opened> {
  const falseAlarmRate = options.falseAlarmRate * shareOfBoth
  const content = await openContent(engine, folder, { ...options, falseAlarmRate })
  const model = await loadGlowcastModel(options.model)
  const meter = await RecordingMeter.create(engine, model, { chunkFrames: recordingChunkFrames })
  const path = options.calibration ?? join(options.model, calibrationFile)
  const calibration = await loadCalibration(path, meter.density)
  const name = chosenGroup(calibration, options.group)
  const group = calibration.groups[name]!
  const { seed } = options
  return {
    score: async (file, index) => {
      const texture = await scoreFile(file, meter, { group, falseAlarmRate, seed, index })
      return combinedScore(texture, await content.score(file, index))
    },
    about: {
      ...scoreOrigin(path, name, group, model.hash),
      ...content.about,
    },
    calibrationItems: content.calibrationItems,
    async dispose() {
      await meter.dispose()
      await content.dispose()
    },
  }
}
