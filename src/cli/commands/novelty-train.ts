import { invalidDataset } from '../../errors.js'
import { assertOutside } from '../../io/same-file.js'
import { assertReplaceable } from '../../models/files/model-folder.js'
import { plural } from '../../plural.js'
import type { ContentGroup } from '../../scoring/calibration/file.js'
import { calibrateContentGroup } from '../../scoring/novelty/calibration.js'
import { defaultContentShape } from '../../scoring/novelty/config.js'
import { ContentMeter } from '../../scoring/novelty/meter.js'
import { saveContentModel } from '../../scoring/novelty/model.js'
import { type ContentRecording, readContentRecordings } from '../../scoring/novelty/recording.js'
import {
  assertOthers,
  type ContentRecordings,
  type MadeContentModel,
  makeContentModel,
  minTraining,
  secondsOf,
  stepsFromBackground,
} from '../../scoring/novelty/training/train.js'
import { holdOut } from '../../scoring/texture/calibration/calibrate.js'
import { type EngineOptions, engineFrom } from '../options.js'
import { type CliIo, note, print } from '../terminal/io.js'
import { createProgress } from '../terminal/progress.js'
import { recordingsOf } from '../terminal/recordings.js'
import { oneLine } from '../terminal/text.js'
import { noteFewItems, today } from './calibrate/report.js'

export interface ContentTrainOptions extends EngineOptions {
  readonly data: string[]
  readonly out: string
  readonly background?: string[]
  readonly negatives?: string[]
  readonly calibrationShare: number
  readonly group: string
  readonly level: 'kept' | 'removed'
  readonly steps: number
  readonly seed: number
  readonly json?: boolean
}

/** `glowcast content train`: a model of the normal sound, calibrated on recordings that did not train it. */
export async function contentTrain(options: ContentTrainOptions, io: CliIo = process): Promise<void> {
  const { seed, steps, level } = options
  const startedMs = performance.now()
  await assertReplaceable(options.out)
  const folders = [...options.data, ...(options.background ?? []), ...(options.negatives ?? [])]
  await assertOutside(options.out, folders)
  const shape = { ...defaultContentShape, level }
  const found = await recordingsOf(options.data, io)
  const { heldOut, rest } = holdOut(found, options.calibrationShare, seed)
  if (rest.length < minTraining) {
    const got = `${plural(found.length, 'recording')}, ${rest.length} of them for training`
    throw invalidDataset('--data', got, `at least ${minTraining} for training`)
  }
  const others = options.background === undefined ? [] : await recordingsOf(options.background, io)
  const wrong = options.negatives === undefined ? [] : await recordingsOf(options.negatives, io)
  const engine = await engineFrom(options)
  const skipped: string[] = []
  const warnings: string[] = []
  const total = found.length + others.length + wrong.length
  const reading = createProgress({ label: 'read', total, unit: 'recordings', stream: io.stderr })
  let done = 0
  const read = (list: readonly { path: string }[], seen?: Set<string>) =>
    readContentRecordings(
      list.map(({ path }) => path),
      shape,
      skipped,
      () => reading.update(++done),
      seen,
      (line) => warnings.push(line),
    )
  const seen = new Set<string>()
  let recordings: Record<'normal' | 'calibrating' | 'background' | 'negatives', ContentRecording[]>
  try {
    recordings = {
      normal: await read(rest, seen),
      calibrating: await read(heldOut, seen),
      background: await read(others),
      negatives: await read(wrong),
    }
  } finally {
    reading.finish()
  }
  for (const reason of skipped) note(io, `skipped ${oneLine(reason)}`)
  for (const line of warnings) note(io, `warning: ${oneLine(line)}`)
  assertUsable('--background', others.length, recordings.background.length)
  assertUsable('--negatives', wrong.length, recordings.negatives.length)
  // Of both parts of the data: whether an overlap is found must not depend on the seed.
  const good = [...recordings.normal, ...recordings.calibrating]
  assertOthers('background', recordings.background, good)
  assertOthers('negatives', recordings.negatives, good)
  const made = await trained(engine, recordings, { shape, seed, steps }, io)
  const group = await calibrationGroup(engine, made, recordings.calibrating, options, io)
  const hash = await saveContentModel(
    options.out,
    made.config,
    made.flows,
    made.profiles,
    modelCard(made, recordings),
    ...(group === undefined ? [] : [{ [options.group]: group }]),
  )
  const n = group?.n ?? 0
  const figures = {
    model: options.out,
    hash,
    recordings: recordings.normal.length,
    seconds: secondsOf(recordings.normal),
    background: recordings.background.length,
    negatives: recordings.negatives.length,
    steps: made.normal.steps,
    gaussianNatsPerValue: made.normal.startNll,
    natsPerValue: made.normal.validationNll,
    calibrated: n,
    skipped: skipped.length,
    tookSeconds: (performance.now() - startedMs) / 1000,
  }
  if (options.json === true) return print(io, JSON.stringify(figures))
  print(
    io,
    `${options.out}: ${plural(figures.recordings, 'recording')} in ${plural(made.normal.steps, 'step')}, ${figures.tookSeconds.toFixed(0)} s; ` +
      `validation ${made.normal.startNll.toFixed(3)} to ${made.normal.validationNll.toFixed(3)} nats a value; ` +
      (n === 0 ? 'not calibrated' : `n = ${n}, p from ${(1 / (n + 1)).toFixed(4)}`),
  )
}

/** What was asked for must not be left out without a word. */
function assertUsable(option: string, found: number, usable: number): void {
  if (found === 0 || usable > 0) return
  const got = `${plural(found, 'recording')}, none of which can be used`
  throw invalidDataset(option, got, 'at least 1')
}

async function trained(
  engine: Awaited<ReturnType<typeof engineFrom>>,
  recordings: ContentRecordings,
  options: Pick<Parameters<typeof makeContentModel>[2], 'shape' | 'seed' | 'steps'>,
  io: CliIo,
): Promise<MadeContentModel> {
  const before = recordings.background.length > 0 ? options.steps : 0
  const ofNormal = before > 0 ? Math.min(options.steps, stepsFromBackground) : options.steps
  const progress = createProgress({
    label: 'train',
    total: before + ofNormal,
    unit: 'steps',
    stream: io.stderr,
  })
  try {
    return await makeContentModel(engine, recordings, {
      ...options,
      onStep: (kind, step, nll) => {
        const done = kind === 'normal' ? before + step : step
        progress.update(done, `${kind}: ${nll.toFixed(3)} nats a value`)
      },
    })
  } finally {
    progress.finish()
  }
}

/** Undefined without recordings for it. */
async function calibrationGroup(
  engine: Awaited<ReturnType<typeof engineFrom>>,
  { config, flows, profiles }: MadeContentModel,
  recordings: readonly ContentRecording[],
  { seed, calibrationShare }: ContentTrainOptions,
  io: CliIo,
): Promise<ContentGroup | undefined> {
  if (calibrationShare > 0) noteFewItems({ n: recordings.length }, io)
  if (recordings.length === 0) return undefined
  const meter = await ContentMeter.create(engine, config, flows)
  try {
    const items = []
    for (const { segments } of recordings) {
      items.push(await meter.measurePatches(segments[0]!.patches, segments[0]!.seconds))
    }
    return calibrateContentGroup({ reference: config.reference, profiles }, items, { seed, date: today() })
  } finally {
    await meter.dispose()
  }
}

function modelCard(
  { config, normal, background }: MadeContentModel,
  { background: others, negatives }: ContentRecordings,
): string {
  const other =
    background === undefined
      ? 'No background.'
      : `Background: ${plural(others.length, 'recording')} of other sounds.`
  return [
    '# A content model',
    '',
    `What is normal: ${plural(config.training.recordings, 'recording')}, ${(config.training.seconds / 60).toFixed(1)} minutes.`,
    other,
    negatives.length === 0
      ? 'No negatives.'
      : `Negatives: ${plural(negatives.length, 'recording')} of what is wrong.`,
    `Validation: ${normal.validationNll.toFixed(3)} nats a value of a mel patch (as a Gaussian or as the background: ${normal.startNll.toFixed(3)}).`,
    '',
    'Made by `glowcast content train`; used by `glowcast score --content`.',
    '',
  ].join('\n')
}
