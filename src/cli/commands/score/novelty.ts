import { join } from 'node:path'
import { melPresets } from '../../../audio/mel/mel.js'
import { densityHash } from '../../../likelihood/model-hash.js'
import { calibrationFile } from '../../../models/files/model-folder.js'
import { loadGlowcastModel } from '../../../models/load-model.js'
import { contentWords } from '../../../report/scoring/novelty.js'
import { writeScoreReport } from '../../../report/scoring/report.js'
import { loadContentCalibration } from '../../../scoring/novelty/calibration.js'
import { loadContentModel } from '../../../scoring/novelty/model.js'
import { shareOfBoth } from '../../../scoring/novelty/score.js'
import { chosenGroup, loadCalibration } from '../../../scoring/texture/calibration/file.js'
import { scoreOrigin } from '../../../scoring/verdict/answer.js'
import type { DensityTaskSettings } from '../../jobs/contract.js'
import { defaultJobs, measureRecordings } from '../../jobs/pool.js'
import { type CliIo, print } from '../../terminal/io.js'
import { createProgress } from '../../terminal/progress.js'
import { scoresCsv } from './csv.js'
import type { ScoreCliOptions } from './options.js'
import { exitCodeOf, printScores, tellOfDrift } from './print-scores.js'
import type { ScoredFiles } from './scored-files.js'

/** What scores files, and what the JSON says about it. */
type Decider<Settings> = { readonly settings: Settings; readonly about: object }

/** `glowcast score --content`: by a content model alone, or together with the texture. */
export async function contentScore(
  files: ScoredFiles,
  folder: string,
  detector: 'content' | 'both',
  options: ScoreCliOptions,
  io: CliIo,
): Promise<number> {
  const falseAlarmRate = options.falseAlarmRate * (detector === 'both' ? shareOfBoth : 1)
  const content = await contentDecider(folder, { ...options, falseAlarmRate })
  const texture = detector === 'both' ? await textureDecider({ ...options, falseAlarmRate }) : undefined
  const settings: DensityTaskSettings = {
    model: options.model,
    engine: options,
    content: content.settings,
    ...(texture === undefined ? {} : { score: texture.settings }),
  }
  const progress = createProgress({
    label: 'score',
    total: files.paths.length,
    unit: 'files',
    stream: io.stderr,
  })
  try {
    const jobs = options.jobs ?? defaultJobs(options, files.paths.length)
    const { results, engine } = await measureRecordings(files.paths, settings, jobs, progress.update)
    const items = results.map(({ score, stretch }) => ({
      score: files.named(score!),
      ...(stretch === undefined ? {} : { stretch }),
    }))
    const scores = items.map(({ score }) => score)
    if (options.html !== undefined) {
      const { sampleRate, hopLength } = melPresets[content.config.mel]
      await writeScoreReport(options.html, {
        settings: { ...content.shown, detector, 'false-alarm rate': options.falseAlarmRate, engine },
        items,
        sampleRate,
        hopLength: hopLength * content.config.patchFrames,
        words: contentWords(content.config),
      })
    }
    const about = { detector, ...texture?.about, ...content.about }
    if (options.json === true) {
      const entries = scores.map((score) => ({ ...score, ...about }))
      print(io, JSON.stringify(entries, null, 1))
    } else if (options.csv === true) io.stdout.write(scoresCsv(scores))
    else printScores(io, scores, options.html)
    if (detector === 'content') tellOfDrift(io, scores, content.settings.group.n, options)
    return exitCodeOf(scores)
  } finally {
    progress.finish()
  }
}

async function contentDecider(folder: string, options: ScoreCliOptions) {
  const { config, hash } = await loadContentModel(folder)
  const path = options.contentCalibration ?? join(folder, calibrationFile)
  const { groups } = await loadContentCalibration(path, hash)
  const name = chosenGroup({ groups }, options.contentGroup, 'contentGroup')
  const group = groups[name]!
  const { falseAlarmRate, seed, html } = options
  const { n, date } = group
  return {
    config,
    settings: { folder, group, falseAlarmRate, seed, withStretch: html !== undefined },
    about: {
      contentCalibration: { file: path, group: name, n, date, seed: group.seed },
      contentModel: hash,
    },
    shown: { 'content model': hash, 'content group': name, 'calibration recordings': n },
  }
}

async function textureDecider(
  options: ScoreCliOptions,
): Promise<Decider<NonNullable<DensityTaskSettings['score']>>> {
  const model = await loadGlowcastModel(options.model)
  const path = options.calibration ?? join(options.model, calibrationFile)
  const calibration = await loadCalibration(path, densityHash(model.config, model.weights))
  const name = chosenGroup(calibration, options.group)
  const group = calibration.groups[name]!
  const { falseAlarmRate, seed } = options
  return {
    settings: { group, falseAlarmRate, seed, withStretch: false },
    about: scoreOrigin(path, name, group, model.hash),
  }
}
