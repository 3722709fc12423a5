import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultContentShape } from '../../src/density/content-config.js'
import { ContentMeter } from '../../src/density/content-meter.js'
import { type ContentRecording, readContentRecording } from '../../src/density/content-recording.js'
import { contentDeviations, contentScore } from '../../src/density/content-statistics.js'
import type { ContentTrainingResult } from '../../src/density/content-trainer.js'
import { makeContentModel } from '../../src/density/make-content-model.js'
import { createEngine } from '../../src/engine/index.js'
import { contentBaselines } from './density/content-baselines.js'
import { areaUnderCurve, median } from './density/figures.js'

/**
 * `npm run bench:content -- --esc10 FOLDER --background FOLDER [--voice FOLDER --voice-tests FOLDER --other FOLDER…]`:
 * the content detector and its baselines. ESC-10 is a folder of ten folders of clips, whose names begin with the fold;
 * the background holds sounds of other categories; `--other` are folders of what is not the voice.
 */
const { values: options } = parseArgs({
  options: {
    esc10: { type: 'string' },
    background: { type: 'string' },
    voice: { type: 'string' },
    'voice-tests': { type: 'string' },
    other: { type: 'string', multiple: true, default: [] },
    cache: { type: 'string', default: 'content-cache' },
    /** Of ESC-10, such as 2-5; all when absent. */
    classes: { type: 'string', default: '1-10' },
    threads: { type: 'string', default: '2' },
  },
})

const shape = defaultContentShape
const seed = 1
const steps = 200
/** Folds of ESC-10 that test; the others train. */
const testFolds = [4, 5]
/** Training, calibrating and test recordings of the voice, and tests of each other folder. */
const voiceCounts = { training: 120, calibrating: 120, tests: 60, others: 40 }

const engine = await createEngine('onnx', { threads: Number(options.threads) })
mkdirSync(options.cache, { recursive: true })

async function load(path: string): Promise<ContentRecording> {
  const file = join(options.cache, createHash('sha256').update(path).digest('hex').slice(0, 20))
  if (!existsSync(`${file}.json`)) {
    const { hash, stretches } = await readContentRecording(path, shape)
    const { patches, seconds } = stretches[0]!
    writeFileSync(`${file}.f32`, new Uint8Array(patches.data.buffer))
    writeFileSync(`${file}.json`, JSON.stringify({ hash, seconds, channels: patches.channels }))
  }
  const { hash, seconds, channels } = JSON.parse(readFileSync(`${file}.json`, 'utf8'))
  const bytes = readFileSync(`${file}.f32`)
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  return { hash, stretches: [{ patches: { data, frames: data.length / channels, channels }, seconds }] }
}

async function loadAll(paths: readonly string[]): Promise<ContentRecording[]> {
  const recordings: ContentRecording[] = []
  for (const path of paths) recordings.push(await load(path))
  return recordings
}

function audioIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(wav|flac|ogg)$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

function spreadOver<T>(items: readonly T[], count: number): T[] {
  const most = Math.min(count, items.length)
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!)
}

/** The flow of the background, which all normal classes share. */
let sharedBackground: ContentTrainingResult | undefined

type Channels = Record<string, number>
type Scorer = (recording: ContentRecording) => Promise<Channels>

/** All channels: the detector with and without a background, parts of it, and the baselines. */
async function scorerOf(
  normal: readonly ContentRecording[],
  background: readonly ContentRecording[],
): Promise<Scorer> {
  const train = async (others: readonly ContentRecording[]) => {
    const startedMs = performance.now()
    const made = await makeContentModel(
      engine,
      { normal, background: others },
      {
        shape,
        seed,
        steps,
        ...(others.length > 0 && sharedBackground ? { background: sharedBackground } : {}),
      },
    )
    sharedBackground ??= made.background
    console.error(
      `trained in ${((performance.now() - startedMs) / 1000).toFixed(1)} s, ${made.normal.steps} steps`,
    )
    const meter = await ContentMeter.create(engine, shape, made.flows)
    const usual: number[] = []
    const measure = async ({ stretches }: ContentRecording) =>
      meter.measurePatches(stretches[0]!.patches, stretches[0]!.seconds)
    for (const recording of normal) usual.push((await measure(recording)).natsPerValue)
    return { made, measure, normalNats: median(usual) }
  }
  const alone = await train([])
  const withOthers = background.length === 0 ? undefined : await train(background)
  const patchesOf = (recordings: readonly ContentRecording[]) =>
    recordings.map(({ stretches }) => stretches[0]!.patches)
  const baselines = contentBaselines(patchesOf(normal))
  return async (recording) => {
    const channels: Channels = {}
    if (withOthers !== undefined) {
      const { statistics } = await withOthers.measure(recording)
      const deviations = contentDeviations(withOthers.made.config.reference, statistics)
      channels['content, background'] = contentScore(deviations)
      channels['ratio alone'] = deviations.ratio!
    }
    const { statistics, natsPerValue } = await alone.measure(recording)
    const deviations = contentDeviations(alone.made.config.reference, statistics)
    channels['content'] = contentScore(deviations)
    channels['latents alone'] = contentScore({ ...deviations, profile: Number.NEGATIVE_INFINITY })
    channels['likelihood'] = natsPerValue
    channels['typicality'] = Math.abs(natsPerValue - alone.normalNats)
    for (const { name, score } of baselines) channels[name] = score(recording.stretches[0]!.patches)
    return channels
  }
}

async function scoresOf(scorer: Scorer, recordings: readonly ContentRecording[]): Promise<Channels[]> {
  const scores: Channels[] = []
  for (const recording of recordings) scores.push(await scorer(recording))
  return scores
}

const percent = (share: number) => (100 * share).toFixed(0)
const valuesOf = (scores: readonly Channels[], name: string) => scores.map((channels) => channels[name]!)

function shareAbove(scores: readonly number[], limit: number): number {
  return scores.filter((score) => score > limit).length / scores.length
}

async function esc(folder: string, background: readonly ContentRecording[]): Promise<void> {
  const classes = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const files = classes.map((name) => audioIn(join(folder, name)))
  const tests = (paths: readonly string[]) =>
    paths.filter((path) => testFolds.includes(Number(basename(path)[0])))
  const [first, last] = options.classes.split('-').map(Number) as [number, number]
  for (const [index, name] of classes.entries()) {
    if (index + 1 < first || index + 1 > last) continue
    const training = files[index]!.filter((path) => !testFolds.includes(Number(basename(path)[0])))
    const scorer = await scorerOf(await loadAll(training), background)
    const normal = await scoresOf(scorer, await loadAll(tests(files[index]!)))
    const others = files.filter((_, other) => other !== index).flatMap(tests)
    const strange = await scoresOf(scorer, await loadAll(others))
    const channels = Object.keys(normal[0]!)
    if (index + 1 === first) printHead('normal class', channels)
    const cells = channels.map((channel) => {
      const [low, high] = [valuesOf(normal, channel), valuesOf(strange, channel)]
      return `${percent(areaUnderCurve(low, high))} / ${percent(shareAbove(high, Math.max(...low)))}`
    })
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}

function printHead(first: string, channels: readonly string[]): void {
  console.log(`\n| ${first} | ${channels.join(' | ')} |\n|${'---|'.repeat(channels.length + 1)}`)
}

async function voice(
  folder: string,
  testFolder: string,
  background: readonly ContentRecording[],
): Promise<void> {
  const { training, calibrating, tests, others } = voiceCounts
  const chosen = await loadAll(spreadOver(audioIn(folder), training + calibrating))
  const scorer = await scorerOf(
    chosen.filter((_, i) => i % 2 === 0),
    background,
  )
  const calibration = await scoresOf(
    scorer,
    chosen.filter((_, i) => i % 2 === 1),
  )
  const normal = await scoresOf(scorer, await loadAll(spreadOver(audioIn(testFolder), tests)))
  const names = Object.keys(normal[0]!)
  /** The value that a score must exceed for p ≤ rate. */
  const limit = (name: string, rate: number) => {
    const sorted = valuesOf(calibration, name).sort((a, b) => b - a)
    return sorted[Math.floor(rate * (sorted.length + 1)) - 1]!
  }
  printHead('voice: AUC / found at 5 % / at 1 %', names)
  const row = (title: string, scores: readonly Channels[], withArea: boolean) => {
    const cells = names.map((name) => {
      const values = valuesOf(scores, name)
      const area = withArea ? percent(areaUnderCurve(valuesOf(normal, name), values)) : '–'
      const found = [0.05, 0.01].map((rate) => percent(shareAbove(values, limit(name, rate))))
      return `${area} / ${found.join(' / ')}`
    })
    console.log(`| ${title} (${scores.length}) | ${cells.join(' | ')} |`)
  }
  row('false alarms', normal, false)
  for (const other of options.other) {
    const files = readdirSync(other, { withFileTypes: true }).some((entry) => entry.isDirectory())
      ? readdirSync(other).flatMap((name) => spreadOver(audioIn(join(other, name)), 4))
      : spreadOver(audioIn(other), others)
    row(basename(other), await scoresOf(scorer, await loadAll(files)), true)
  }
}

const started = performance.now()
const background = options.background === undefined ? [] : await loadAll(audioIn(options.background))
console.log(`${engine.description}; background: ${background.length} recordings`)
if (options.voice !== undefined && options['voice-tests'] !== undefined) {
  await voice(options.voice, options['voice-tests'], background)
}
if (options.esc10 !== undefined) await esc(options.esc10, background)
console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s in all`)
