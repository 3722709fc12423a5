import { basename } from 'node:path'
import { loadMono, removeDc } from '../audio/audio-file.js'
import { logMel } from '../audio/mel.js'
import { LikelihoodModel } from '../density/likelihood.js'
import { createEngine } from '../engine/index.js'
import { GlowcastError } from '../errors.js'
import { comparePair, type PairFigures } from '../evaluation/compare-pair.js'
import { figureInfo, figureNames } from '../evaluation/figures.js'
import { type ReportItem, writeReport } from '../evaluation/report.js'
import { bootstrapMean, summarise } from '../evaluation/summary.js'
import { loadGlowcastModel } from '../models/load-model.js'
import { trainingConfigSchema } from '../training/config.js'
import { type Recording, scanDataset } from '../training/dataset.js'
import { Vocoder } from '../vocoder.js'
import type { SynthesisCliOptions } from './options.js'
import { roundFigures } from './print.js'
import { createProgress } from './progress.js'

export interface EvaluateOptions extends SynthesisCliOptions {
  readonly data: string[]
  readonly split: 'judging' | 'validation' | 'training' | 'all'
  readonly limit?: number
  readonly report?: string
  readonly reportItems: number
  readonly json?: boolean
}

interface FileResult {
  readonly figures: PairFigures
  readonly bitsPerSample: number
  readonly realTimeFactor: number
}

/** `glowcast evaluate`: copy synthesis from the mel alone, against the recordings. */
export async function evaluate(options: EvaluateOptions): Promise<void> {
  const recordings = await chosen(options)
  const { config, weights, hash } = await loadGlowcastModel(options.model)
  const engine = await createEngine(
    options.engine,
    options.threads === undefined ? {} : { threads: options.threads },
  )
  const vocoder = await Vocoder.create(engine, config, weights)
  const likelihood = await LikelihoodModel.create(engine, config, weights)
  const progress = createProgress({ label: 'evaluate', total: recordings.length, unit: 'files' })
  const results: FileResult[] = []
  const items: ReportItem[] = []
  const shownEvery = Math.max(1, Math.floor(recordings.length / Math.max(1, options.reportItems)))
  try {
    for (const [index, recording] of recordings.entries()) {
      const { result, reference, synthesis } = await evaluateFile(recording, options, vocoder, likelihood)
      results.push(result)
      if (index % shownEvery === 0 && items.length < options.reportItems) {
        items.push({ name: basename(recording.path), reference, synthesis, figures: result.figures })
      }
      progress.update(index + 1)
    }
  } finally {
    progress.finish()
    await Promise.all([vocoder.dispose(), likelihood.dispose()])
  }
  const summary = summarise(results.map(({ figures }) => figures))
  const extra = {
    bitsPerSample: bootstrapMean(results.map(({ bitsPerSample }) => bitsPerSample)),
    realTimeFactor: bootstrapMean(results.map(({ realTimeFactor }) => realTimeFactor)),
  }
  const { sampleRate } = vocoder.mel
  if (options.report !== undefined) {
    await writeReport(options.report, {
      title: 'Copy synthesis from the mel alone',
      model: { folder: basename(options.model), hash, engine: engine.description },
      figures: summary,
      extraFigures: [
        {
          label: 'Bits per sample',
          unit: 'bits',
          better: 'lower',
          meaning: 'Negative log-likelihood of the recordings as 16-bit integers.',
          value: extra.bitsPerSample,
        },
        {
          label: 'Real-time factor',
          unit: '',
          better: 'lower',
          meaning: 'Compute time over audio time of the synthesis; below 1 is faster than real time.',
          value: extra.realTimeFactor,
        },
      ],
      items,
      sampleRate,
    })
  }
  if (options.json === true) {
    const settings = { seed: options.seed, temperature: options.temperature ?? config.temperature }
    console.log(
      JSON.stringify({ model: hash, engine: engine.description, ...settings, ...summary, ...extra }),
    )
    return
  }
  console.log(`${summary.files} files, ${summary.seconds.toFixed(1)} s, model ${hash.slice(0, 12)}`)
  for (const name of figureNames)
    printFigure(figureInfo[name].label, figureInfo[name].unit, summary.figures[name])
  printFigure('Bits per sample', 'bits', extra.bitsPerSample)
  printFigure('Real-time factor', '', extra.realTimeFactor)
  if (options.report !== undefined) console.log(`report: ${options.report}/index.html`)
}

async function chosen({ data, split, limit }: EvaluateOptions): Promise<Recording[]> {
  const defaults = trainingConfigSchema.shape
  const { recordings } = await scanDataset(data, {
    phraseNumber: defaults.phraseNumber.parse(undefined),
    validationPhrases: defaults.validationPhrases.parse(undefined),
    judgingPhrases: defaults.judgingPhrases.parse(undefined),
  })
  const wanted = recordings.filter((recording) => split === 'all' || recording.split === split)
  if (wanted.length === 0) {
    throw new GlowcastError('INVALID_DATASET', '--split', `no ${split} recordings`, 'another split or folder')
  }
  if (limit === undefined || limit >= wanted.length) return wanted
  return Array.from({ length: limit }, (_, i) => wanted[Math.floor((i * wanted.length) / limit)]!)
}

async function evaluateFile(
  recording: Recording,
  options: EvaluateOptions,
  vocoder: Vocoder,
  likelihood: LikelihoodModel,
): Promise<{ result: FileResult; reference: Float32Array; synthesis: Float32Array }> {
  const { sampleRate, hopLength } = vocoder.mel
  const loaded = removeDc(await loadMono(recording.path, sampleRate))
  const reference = loaded.subarray(0, loaded.length - (loaded.length % hopLength))
  const mel = logMel(reference, vocoder.mel)
  const synthesisOptions = {
    pitchSemitones: options.pitch,
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
  }
  const start = performance.now()
  const synthesis = await vocoder.synthesize(mel, { ...synthesisOptions, seed: options.seed })
  const realTimeFactor = (performance.now() - start) / 1000 / (reference.length / sampleRate)
  const secondSynthesis = await vocoder.synthesize(mel, { ...synthesisOptions, seed: options.seed + 1 })
  const figures = comparePair({ reference, synthesis, secondSynthesis, sampleRate })
  const { bitsPerSample } = await likelihood.measure(reference)
  return { result: { figures, bitsPerSample, realTimeFactor }, reference, synthesis }
}

function printFigure(
  label: string,
  unit: string,
  value: { mean: number; low: number; high: number } | null,
): void {
  if (value === null) return
  const { mean, low, high } = roundFigures({ mean: value.mean, low: value.low, high: value.high })
  console.log(`${label.padEnd(32)} ${String(mean).padStart(8)} ${unit.padEnd(6)} (95 %: ${low} to ${high})`)
}
