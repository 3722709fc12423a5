import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { defaultMel, melPresets } from '../../audio/mel/mel.js'
import { encodeWav } from '../../audio/wav/wav.js'
import type { Engine } from '../../engine/index.js'
import { invalidArgument, invalidConfig } from '../../errors.js'
import type { HostTensor } from '../../flow/parameters.js'
import { readWhole } from '../../io/input.js'
import { withLock } from '../../io/lock.js'
import { writeFileAside } from '../../io/output.js'
import { assertFolder, existing } from '../../io/same-file.js'
import { writeError } from '../../io/system-error.js'
import { bitsPerSample } from '../../likelihood/units.js'
import type { GlowcastConfig } from '../../models/config/model-config.js'
import { assertReplaceable, saveModelFolder } from '../../models/files/model-folder.js'
import { glowcastModel } from '../../models/glowcast/model.js'
import { plural } from '../../plural.js'
import { Vocoder } from '../../synthesis/vocoder.js'
import { parseTrainingConfig, type TrainingConfig } from '../../training/config.js'
import { scanDataset } from '../../training/data/dataset.js'
import type { Features } from '../../training/data/features.js'
import { type PreparedData, prepareRecordings } from '../../training/data/prepare.js'
import { totalSteps } from '../../training/schedule.js'
import { startWeights } from '../../training/start-weights.js'
import type { LossFigures } from '../../training/train-step.js'
import { Trainer } from '../../training/trainer.js'
import { type EngineOptions, engineFrom } from '../options.js'
import { assertApart } from '../program/assert-apart.js'
import { aboutFile } from '../terminal/about-file.js'
import { type CliIo, note, print } from '../terminal/io.js'
import { createProgress } from '../terminal/progress.js'
import { oneLine } from '../terminal/text.js'
import { type LogLine, TrainingLog } from '../terminal/training-log.js'

export interface TrainOptions extends EngineOptions {
  readonly data: string[]
  readonly config: string
  readonly out: string
  readonly cache?: string
  /** Model folders; what the first has not comes from the next. */
  readonly from?: string[]
}

/** Steps whose figures are averaged into one line of the log. */
const logEverySteps = 25

/** `glowcast train`. */
export async function train(options: TrainOptions, io: CliIo = process): Promise<void> {
  const config = parseTrainingConfig(await readJson(options.config, io.stdin), options.config)
  await assertUsableFolders(options)
  const cacheFolder = options.cache ?? join(options.out, 'cache')
  // The samples of this run are no recordings.
  const found = await scanDataset(options.data, config, [options.out, cacheFolder])
  const initial = options.from === undefined ? undefined : await weightsFrom(options.from, config, io)
  await withLock(options.out, 'folder', { doing: 'is being trained' }, async () => {
    const data = await prepare(found, cacheFolder, config, io)
    await trainOn(data, initial, options, config, io)
  })
}

/** Before hours are spent. @throws GlowcastError INVALID_ARGUMENT; IO as `saveModelFolder` would */
async function assertUsableFolders({ data, out, cache, from = [] }: TrainOptions): Promise<void> {
  const model = join(out, 'model')
  await assertFolder(out)
  if (cache !== undefined) await assertFolder(cache)
  await assertReplaceable(model)
  await assertApart(data, out)
  const modelPath = await existing(model)
  for (const folder of from) {
    if ((await existing(folder)) !== modelPath) continue
    const message = `--out ${out}: the new model would replace ${folder}, which --from reads; choose another folder`
    throw invalidArgument('--out', out, 'another folder', { message })
  }
}

async function trainOn(
  data: PreparedData,
  initial: Record<string, HostTensor> | undefined,
  options: TrainOptions,
  config: TrainingConfig,
  io: CliIo,
): Promise<void> {
  const engine = await engineFrom(options)
  note(io, `engine: ${engine.description}`)
  const log = new TrainingLog(options.out)
  const recent: LossFigures[] = []
  const trainer = await Trainer.open({
    engine,
    config,
    folder: options.out,
    training: data.training,
    validation: data.validation,
    ...(initial === undefined ? {} : { initial }),
    events: {
      step: (step, figures) => {
        recent.push(figures)
        progress.update(step, progressText(figures))
        if (recent.length >= logEverySteps) log.add('training', step, mean(recent.splice(0)))
      },
      validation: (step, figures) => {
        log.add('validation', step, figures)
        note(
          io,
          `\nstep ${step}: validation ${bitsPerSample(figures.nll).toFixed(3)} bits a sample, ` +
            `SED ${figures.sed.toFixed(3)}, log-mel L1 ${figures.melL1.toFixed(3)}`,
        )
      },
      checkpoint: async (step, weights) => {
        await log.flush()
        await writeSamples(options.out, step, engine, config, weights, data.validation)
      },
      notice: (message) => note(io, `\n${message}`),
    },
  })
  await log.resumeAt(trainer.step, (message) => note(io, message))
  const total = totalSteps(config)
  const progress = createProgress({
    label: 'train',
    total,
    unit: 'steps',
    start: trainer.step,
    stream: io.stderr,
  })
  if (trainer.step > 0) note(io, `resuming after step ${trainer.step}`)
  try {
    await trainer.run()
  } finally {
    progress.finish()
  }
  const card = modelCard(basename(options.config), config, data, log.last('validation'))
  const hash = await saveModelFolder(join(options.out, 'model'), {
    config: config.model,
    weights: trainer.weights(),
    card,
  })
  print(io, `${join(options.out, 'model')}: ${hash}`)
}

async function readJson(path: string, stdin: Readable): Promise<unknown> {
  const bytes = await readWhole(path, stdin)
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    const got = (error as Error).message
    const message = `${path}: not valid JSON: ${got}`
    throw invalidConfig(path, got, 'JSON', { cause: error, message })
  }
}

/** Of the flow, or of the pitch network when a phase trains it alone. */
function progressText({ nll, pitch }: LossFigures): string {
  return nll === 0 ? `pitch loss ${pitch.toFixed(3)}` : `${bitsPerSample(nll).toFixed(2)} bits a sample`
}

async function weightsFrom(
  folders: string[],
  config: TrainingConfig,
  io: CliIo,
): Promise<Record<string, HostTensor>> {
  const model = glowcastModel(config.model as GlowcastConfig)
  const { weights, fresh } = await startWeights(folders, model, config.seed)
  if (fresh.length > 0)
    note(io, `initialised at random, as ${folders.join(', ')} has none: ${fresh.join(', ')}`)
  return weights
}

async function prepare(
  { recordings, skipped }: Awaited<ReturnType<typeof scanDataset>>,
  cacheFolder: string,
  config: TrainingConfig,
  io: CliIo,
): Promise<PreparedData> {
  const model = glowcastModel(config.model as GlowcastConfig)
  const progress = createProgress({
    label: 'analyse',
    total: recordings.length,
    unit: 'files',
    stream: io.stderr,
  })
  const data = await prepareRecordings(recordings, melPresets[model.config.mel], {
    minimumFrames: config.cropFrames + 2 * model.lookahead,
    cacheFolder,
    progress: (done) => progress.update(done),
    notice: (message) => note(io, oneLine(message)),
  }).finally(() => progress.finish())
  const judging = recordings.filter(({ split }) => split === 'judging').length
  note(
    io,
    `data: ${plural(data.training.length, 'recording')} for training (${minutesOf(data.training)} min), ` +
      `${data.validation.length} for validation (${minutesOf(data.validation)} min), ${judging} held out for judging`,
  )
  for (const { path, reason } of [...skipped, ...data.skipped]) {
    note(io, `skipped ${aboutFile(path, reason)}`)
  }
  return data
}

async function writeSamples(
  folder: string,
  step: number,
  engine: Engine,
  config: TrainingConfig,
  weights: Record<string, HostTensor>,
  validation: readonly Features[],
): Promise<void> {
  if (config.sampleFiles === 0 || validation.length === 0) return
  const vocoder = await Vocoder.create(engine, config.model as GlowcastConfig, weights)
  const samples = join(folder, 'samples')
  try {
    await mkdir(samples, { recursive: true }).catch((cause) => {
      throw writeError(samples, cause)
    })
    const stride = Math.max(1, Math.floor(validation.length / config.sampleFiles))
    for (let file = 0; file < Math.min(config.sampleFiles, validation.length); file++) {
      const { logMel, frames } = validation[file * stride]!
      const mel = { data: logMel, frames, channels: vocoder.mel.melBands }
      const waveform = await vocoder.synthesize(mel, { melScaleCheck: 'off' })
      const bytes = encodeWav(
        { sampleRate: vocoder.mel.sampleRate, channels: [waveform] },
        { format: 'int16' },
      )
      await writeFileAside(join(samples, `step-${step}-${file}.wav`), bytes)
    }
  } finally {
    await vocoder.dispose()
  }
}

function mean(figures: readonly LossFigures[]): LossFigures {
  const sum = { total: 0, nll: 0, sed: 0, melL1: 0, pitch: 0, gradientNorm: 0 }
  for (const figure of figures) {
    for (const key of Object.keys(sum) as (keyof LossFigures)[]) sum[key] += figure[key] / figures.length
  }
  return sum
}

function modelCard(
  configName: string,
  config: TrainingConfig,
  data: PreparedData,
  validation: LogLine | undefined,
): string {
  const lines = [
    '# A Glowcast model',
    '',
    `Trained by \`glowcast train --config ${configName}\`: ${plural(totalSteps(config), 'step')} of ${config.batchSize} crops`,
    `of ${plural(config.cropFrames, 'mel frame')}, on ${plural(data.training.length, 'recording')} (${minutesOf(data.training)} minutes).`,
    '',
  ]
  if (validation !== undefined) {
    lines.push(
      `Validation crops: ${validation.bitsPerSample.toFixed(3)} bits per sample, spectral energy distance`,
      `${validation.spectralEnergyDistance.toFixed(3)}, log-mel L1 ${validation.logMelL1.toFixed(3)} (full band).`,
      '',
    )
  }
  return lines.join('\n')
}

function minutesOf(features: readonly Features[]): string {
  const frames = features.reduce((sum, feature) => sum + feature.frames, 0)
  const { hopLength, sampleRate } = melPresets[defaultMel]
  return ((frames * hopLength) / sampleRate / 60).toFixed(1)
}
