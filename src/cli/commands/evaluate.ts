import { basename } from 'node:path'
import { loadMono, removeDc } from '../../audio/files/audio-file.js'
import { warningLine } from '../../audio/files/file-warnings.js'
import { logMel } from '../../audio/mel/mel.js'
import { GlowcastError, invalidDataset } from '../../errors.js'
import { comparePair, type PairFigures } from '../../evaluation/compare-pair.js'
import { type DamageKind, damagedMel, damageGain, damageRange } from '../../evaluation/damage.js'
import { figureInfo, figureNames } from '../../evaluation/figures.js'
import { griffinLim } from '../../evaluation/griffin-lim.js'
import { PauseSpectrum } from '../../evaluation/pause-spectrum.js'
import { bootstrapMean, summarise } from '../../evaluation/summary.js'
import { assertFolder, assertOutside, existing } from '../../io/same-file.js'
import { LikelihoodModel } from '../../likelihood/likelihood.js'
import { filesOfModel } from '../../models/files/model-folder.js'
import { loadGlowcastModel } from '../../models/load-model.js'
import { plural } from '../../plural.js'
import { compareRuns } from '../../report/evaluation/compare-runs.js'
import { type ReportItem, readReportSound } from '../../report/evaluation/report.js'
import { type EvaluationRun, loadEvaluationRun } from '../../report/evaluation/run.js'
import { Transcripts } from '../../report/evaluation/transcripts.js'
import { type ExtraFigures, writeEvaluation } from '../../report/evaluation/write.js'
import { reportParts } from '../../report/page/files.js'
import { Vocoder } from '../../synthesis/vocoder.js'
import type { Recording } from '../../training/data/dataset.js'
import { engineFrom, type SynthesisCliOptions, synthesisOptions } from '../options.js'
import { conflict } from '../program/wrong-options.js'
import { aboutFile } from '../terminal/about-file.js'
import { type CliIo, note, print } from '../terminal/io.js'
import { roundFigures } from '../terminal/print.js'
import { baselineLabel, printComparison, printFigure } from '../terminal/print-figures.js'
import { createProgress } from '../terminal/progress.js'
import { recordingsOf } from '../terminal/recordings.js'
import { oneLine } from '../terminal/text.js'

export interface EvaluateOptions extends SynthesisCliOptions {
  readonly data: string[]
  readonly split: 'judging' | 'validation' | 'training' | 'all'
  readonly limit?: number
  readonly report?: string
  readonly reportItems: number
  /** Folder of another run's report. */
  readonly compare?: string
  readonly baseline?: boolean
  readonly damage: DamageKind
  readonly json?: boolean
}

interface FileResult {
  readonly name: string
  readonly figures: PairFigures
  readonly bitsPerSample: number
  readonly realTimeFactor: number
  readonly baseline?: PairFigures
}

/** What says that a recording cannot be used, not that we fail. */
const recordingCodes: ReadonlySet<string> = new Set([
  'IO',
  'INVALID_AUDIO',
  'UNSUPPORTED_FORMAT',
  'NON_FINITE',
  'TOO_SHORT',
  'SILENT',
])

function isOfRecording(error: unknown): error is GlowcastError {
  return error instanceof GlowcastError && recordingCodes.has(error.code)
}

/** `glowcast evaluate`: copy synthesis from the mel alone, against the recordings. */
export async function evaluate(options: EvaluateOptions, io: CliIo = process): Promise<void> {
  await assertOtherReport(options)
  // Before an hour is spent on what could not be compared.
  const other = options.compare === undefined ? undefined : await loadEvaluationRun(options.compare)
  const recordings = await chosen(options, io)
  if (options.report !== undefined) {
    await assertFolder(options.report)
    const inputs = recordings.map(({ path }) => path)
    await assertOutside(options.report, [...inputs, ...filesOfModel(options.model)], reportParts)
  }
  const { config, weights, hash } = await loadGlowcastModel(options.model)
  const engine = await engineFrom(options)
  const vocoder = await Vocoder.create(engine, config, weights)
  const likelihood = await LikelihoodModel.create(engine, config, weights)
  const progress = createProgress({
    label: 'evaluate',
    total: recordings.length,
    unit: 'files',
    stream: io.stderr,
  })
  const results: FileResult[] = []
  const items: ReportItem[] = []
  const skipped: string[] = []
  const warnings: string[] = []
  const pauses = new PauseSpectrum(vocoder.mel.sampleRate)
  const transcripts = new Transcripts()
  const shownEvery = Math.max(1, Math.floor(recordings.length / Math.max(1, options.reportItems)))
  try {
    for (const [index, recording] of recordings.entries()) {
      const evaluated = await evaluateFile(recording, options, vocoder, likelihood, warnings).catch(
        (error) => {
          if (!isOfRecording(error)) throw error
          skipped.push(aboutFile(recording.path, error.message))
        },
      )
      progress.update(index + 1)
      if (evaluated === undefined) continue
      const { result, reference, synthesis, baseline } = evaluated
      results.push(result)
      pauses.add(reference, synthesis)
      const isShown = options.report !== undefined && (results.length - 1) % shownEvery === 0
      if (isShown && items.length < options.reportItems) {
        const { name, path } = recording
        const transcript = await transcripts.of(path)
        const beside = await otherSound(options, other, name)
        items.push({
          name,
          reference,
          synthesis,
          ...(baseline === undefined ? {} : { baseline }),
          ...(beside === undefined ? {} : { other: beside }),
          ...(transcript === undefined ? {} : { transcript }),
          figures: result.figures,
        })
      }
    }
  } finally {
    progress.finish()
    await Promise.all([vocoder.dispose(), likelihood.dispose()])
  }
  for (const reason of skipped) note(io, `skipped ${reason}`)
  for (const line of warnings) note(io, `warning: ${oneLine(line)}`)
  if (results.length === 0) {
    throw invalidDataset('--data', `no usable recording (${skipped[0]})`, 'at least one')
  }
  const summary = summarise(results.map(({ figures }) => figures))
  const baseline =
    options.baseline === true
      ? { label: baselineLabel, figures: summarise(results.flatMap((result) => result.baseline ?? [])) }
      : undefined
  const pauseBands = pauses.bands()
  const pauseErrorDb = pauseBands.map(({ recordingDb, synthesisDb }) => Math.abs(synthesisDb - recordingDb))
  const extra: ExtraFigures = {
    pauseErrorDb: pauseErrorDb.length > 0 ? Math.max(...pauseErrorDb) : null,
    bitsPerSample: bootstrapMean(results.map(({ bitsPerSample }) => bitsPerSample)),
    realTimeFactor: bootstrapMean(results.map(({ realTimeFactor }) => realTimeFactor)),
  }
  const settings = {
    damage: options.damage,
    seed: options.seed,
    temperature: options.temperature ?? config.temperature,
  }
  const run: EvaluationRun = {
    version: 1,
    model: { folder: basename(options.model), hash, engine: engine.description },
    settings,
    sampleRate: vocoder.mel.sampleRate,
    files: results.map(({ name, figures, bitsPerSample }) => {
      const { bandErrors: _, seconds, ...rest } = figures
      return { name, seconds, figures: rest, bitsPerSample }
    }),
  }
  const comparison = other === undefined ? undefined : compareRuns(run, other)
  const compared = comparison === undefined ? {} : { comparison }
  const beside = baseline === undefined ? {} : { baseline }
  const shown = { figures: summary, extra, pauses: pauseBands, items, run, ...beside, ...compared }
  if (options.report !== undefined) await writeEvaluation(options.report, shown)
  if (options.json === true) {
    const about = { model: hash, engine: engine.description, ...settings }
    print(io, JSON.stringify({ ...about, ...summary, ...extra, pauses: pauseBands, ...beside, ...compared }))
    return
  }
  print(io, `${plural(summary.files, 'file')}, ${summary.seconds.toFixed(1)} s, model ${hash.slice(0, 12)}`)
  for (const name of figureNames)
    printFigure(
      io,
      figureInfo[name].label,
      figureInfo[name].unit,
      summary.figures[name],
      baseline?.figures.figures[name],
    )
  printFigure(io, 'Bits per sample', 'bits', extra.bitsPerSample)
  printFigure(io, 'Real-time factor', '', extra.realTimeFactor)
  if (extra.pauseErrorDb !== null) {
    const worst = pauseBands[pauseErrorDb.indexOf(extra.pauseErrorDb)]!
    const where = `at ${worst.centreHz} Hz, ${pauses.seconds.toFixed(1)} s of pauses`
    print(
      io,
      `${'Pause spectrum error, worst band'.padEnd(32)} ${roundFigures({ worst: extra.pauseErrorDb })['worst']} dB     (${where})`,
    )
  }
  if (comparison !== undefined) printComparison(io, comparison)
  if (options.report !== undefined) print(io, `report: ${options.report}/index.html`)
}

/** The other run would be lost. @throws GlowcastError INVALID_ARGUMENT */
async function assertOtherReport({ report, compare }: EvaluateOptions): Promise<void> {
  if (report === undefined || compare === undefined) return
  if ((await existing(report)) !== (await existing(compare))) return
  throw conflict(`--report ${report}`, `--compare ${compare}`, 'they are the same folder; choose another one')
}

/** What the other run made of a recording, where its report has the sound. */
async function otherSound(
  { compare }: EvaluateOptions,
  other: EvaluationRun | undefined,
  name: string,
): Promise<Float32Array | undefined> {
  const sound = other?.files.find((file) => file.name === name)?.sound
  return sound === undefined ? undefined : readReportSound(compare!, sound)
}

async function chosen({ data, split, limit, report }: EvaluateOptions, io: CliIo): Promise<Recording[]> {
  const recordings = await recordingsOf(data, io, report === undefined ? [] : [report])
  const wanted = recordings.filter((recording) => split === 'all' || recording.split === split)
  if (wanted.length === 0) {
    throw invalidDataset('--split', `${split}, which has no recordings`, 'another split or folder')
  }
  if (limit === undefined || limit >= wanted.length) return wanted
  return Array.from({ length: limit }, (_, i) => wanted[Math.floor((i * wanted.length) / limit)]!)
}

async function evaluateFile(
  { path, name }: Recording,
  options: EvaluateOptions,
  vocoder: Vocoder,
  likelihood: LikelihoodModel,
  warnings: string[],
): Promise<{
  result: FileResult
  reference: Float32Array
  synthesis: Float32Array
  baseline: Float32Array | undefined
}> {
  const { sampleRate, hopLength } = vocoder.mel
  const loaded = removeDc(
    await loadMono(path, sampleRate, (warning) => warnings.push(warningLine(path, warning))),
  )
  const recording = loaded.subarray(0, loaded.length - (loaded.length % hopLength))
  const mel = damagedMel(logMel(recording, vocoder.mel), options.damage, options.seed)
  const gain = damageGain(options.damage)
  const { first, end } = damageRange(options.damage, recording.length / hopLength)
  const reference = recording.subarray(first * hopLength, end * hopLength).map((sample) => gain * sample)
  const settings = { ...synthesisOptions(options), melScaleCheck: 'off' } as const
  const start = performance.now()
  const synthesis = await vocoder.synthesize(mel, settings)
  const realTimeFactor = (performance.now() - start) / 1000 / (reference.length / sampleRate)
  const secondSynthesis = await vocoder.synthesize(mel, {
    ...settings,
    seed: options.seed + 1,
  })
  const figures = comparePair({ reference, synthesis, secondSynthesis, sampleRate })
  const { bitsPerSample } = await likelihood.measure(recording)
  if (options.baseline !== true) {
    return {
      result: { name, figures, bitsPerSample, realTimeFactor },
      reference,
      synthesis,
      baseline: undefined,
    }
  }
  const baseline = griffinLim(mel, vocoder.mel, { seed: options.seed })
  const other = griffinLim(mel, vocoder.mel, { seed: options.seed + 1 })
  const baselineFigures = comparePair({ reference, synthesis: baseline, secondSynthesis: other, sampleRate })
  const result = { name, figures, bitsPerSample, realTimeFactor, baseline: baselineFigures }
  return { result, reference, synthesis, baseline }
}
