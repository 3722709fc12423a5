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
import { RecordingMeter } from '../density/recording-meter.js'
import type { Engine } from '../engine/index.js'
import { GlowcastError } from '../errors.js'
import { loadGlowcastModel } from '../models/load-model.js'
import { calibrationFile } from '../models/model-folder.js'
import { engineFrom } from './options.js'
import { createProgress } from './progress.js'
import { exitCodeOf, printScores, type ScoreCliOptions } from './score.js'
import { scoresCsv } from './score-csv.js'

export type Detector = 'texture' | 'content' | 'both'

type Scorer = (file: string, index: number) => Promise<ContentFileScore>

/** What scores files, and what the JSON says about it. */
interface Opened {
  readonly score: Scorer
  readonly about: object
  dispose(): Promise<void>
}

/** `glowcast score --content`: by a content model alone, or together with the texture. */
export async function contentScore(
  files: readonly string[],
  folder: string,
  detector: 'content' | 'both',
  options: ScoreCliOptions,
): Promise<void> {
  if (options.html !== undefined) {
    throw new GlowcastError('INVALID_ARGUMENT', '--html', 'it with --content', '--json, --csv or neither')
  }
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
  process.exitCode = exitCodeOf(scores)
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
    dispose: () => meter.dispose(),
  }
}

async function openBoth(engine: Engine, folder: string, options: ScoreCliOptions): Promise<Opened> {
  const falseAlarmRate = options.falseAlarmRate * shareOfBoth
  const content = await openContent(engine, folder, { ...options, falseAlarmRate })
  const model = await loadGlowcastModel(options.model)
  const meter = await RecordingMeter.create(engine, model)
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
      calibration: { file: path, group: name, n: group.n, date: group.date, seed: group.seed },
      model: model.hash,
      ...content.about,
    },
    async dispose() {
      await meter.dispose()
      await content.dispose()
    },
  }
}
