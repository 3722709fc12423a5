import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import type { SignalFacts } from '../../src/audio/metering/signal-facts.js'
import { recordingsOf } from '../../src/cli/terminal/recordings.js'
import { createEngine } from '../../src/engine/index.js'
import { likelihoodOf } from '../../src/likelihood/likelihood.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { concatFloats } from '../../src/numeric/concat-floats.js'
import { bundledModel } from '../../src/package-root.js'
import { loadCalibration } from '../../src/scoring/calibration/store.js'
import type { Explanation } from '../../src/scoring/detector.js'
import { openRecording } from '../../src/scoring/recording/open-recording.js'
import { type HeardSegment, heardBehindSeconds, scoredPart } from '../../src/scoring/recording/recording.js'
import { TextureDetector } from '../../src/scoring/texture/detector.js'
import { strongestEvent } from '../../src/scoring/texture/events/reference.js'
import type { FeatureGroup } from '../../src/scoring/texture/features/statistics.js'
import { explainSegment, scoreSegment, type TextureScore } from '../../src/scoring/texture/judge.js'
import { RecordingMeter, type TextureMeasurement } from '../../src/scoring/texture/reference/meter.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { isForTests, type Recording } from '../../src/training/data/dataset.js'
import { backgroundNats, baselines } from './scoring/baselines/baselines.js'
import { blockTestRecordings } from './scoring/block-recordings.js'
import { blockFalseAlarms, driftTable } from './scoring/block-tests.js'
import { conditionTables } from './scoring/conditions.js'
import { Corpus, type Item, interleaved, loadWaveform } from './scoring/corpus.js'
import { damages, localKind } from './scoring/damages/damages.js'
import { type CleanGroup, falseAlarmTable, falseAlarmTables, type Ranked } from './scoring/false-alarms.js'
import { areaUnderCurve, median, thresholdOf } from './scoring/figures.js'
import { factsOf, heardOf } from './scoring/heard.js'
import { type DetectionBar, detectionChart } from './scoring/tables/detection-chart.js'
import { FeatureTable } from './scoring/tables/feature-table.js'
import { replaceFigures } from './scoring/tables/figures-section.js'
import { differences, LocalisationTable, type TimeSpan } from './scoring/tables/localisation-table.js'
import { ReasonTable } from './scoring/tables/reason-table.js'

/**
 * `npm run bench:density -- FOLDERS… [--cache FOLDER] [--files N] [--docs FOLDER]`: the texture score and its baselines on
 * clean and on damaged speech, with the bundled model and `--calibration FILE`, a calibration of two voices. The folders are
 * those of the two.
 * With `--docs` the figures also go to `scoring.md` and `detection.svg` there.
 *
 * `npm run bench:density -- --conditions FOLDER [--files N] [--docs FOLDER]`: false alarms and detection of the bundled
 * calibration by recording condition, on the clips of `tools/condition-clips.mjs`.
 */
const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    cache: { type: 'string', default: 'density-cache' },
    model: { type: 'string', default: bundledModel },
    files: { type: 'string', default: '15' },
    docs: { type: 'string' },
    calibration: { type: 'string' },
    conditions: { type: 'string' },
  },
})

/** Training recordings that the baselines are fitted on. */
const baselineRecordings = 80

/** Test phrases are cut to this length, and so many are put in a row, to see what p does at other lengths. */
const cutSeconds = 1.5
/** And cut within speech at both ends, between these parts of the phrase. */
const pieceShares = [0.3, 0.8] as const
const inRow = 5

/** All channels of an item, higher is less normal; the parts of the texture score; and what its verdict says. */
interface Scored {
  readonly channels: Readonly<Record<string, number>>
  readonly featureGroups: Record<FeatureGroup, number>
  readonly reasons: readonly string[]
  readonly strongestEvent: number
  readonly marks: Explanation['anomalies']
}

const lines: string[] = []
function print(...added: string[]): void {
  for (const line of added) console.log(line)
  lines.push(...added)
}

const model = await loadGlowcastModel(options.model)
const engine = await createEngine('onnx', { threads: 1 })
const meter = await RecordingMeter.create(engine, model, { chunkFrames: 64 })
const vocoder = await Vocoder.create(engine, model.config, model.weights)
const calibration = await loadCalibration(
  options.calibration ?? `${options.model}/calibration.json`,
  meter.density,
)
if (options.conditions !== undefined) {
  const detector = new TextureDetector(meter)
  const files = Number(options.files)
  const tables = await conditionTables({
    folder: options.conditions,
    detector,
    calibration,
    damages: damages(vocoder),
    files,
  })
  print(`Model ${model.hash.slice(0, 12)}.`, '', ...tables)
  if (options.docs !== undefined) replaceFigures(`${options.docs}/scoring.md`, lines, 'condition')
  await Promise.all([meter.dispose(), vocoder.dispose()])
  process.exit()
}
const group = calibration.groups['default']!
const corpus = new Corpus(meter, options.cache)
const recordings = await recordingsOf(folders)
const training = recordings.filter(({ split }) => split === 'training')
const held = recordings.filter(({ split }) => split !== 'training')
const simple = baselines(
  await Promise.all(
    Array.from({ length: baselineRecordings }, (_, i) =>
      loadWaveform(training[Math.floor((i * training.length) / baselineRecordings)]!, meter.sampleRate),
    ),
  ),
)
const channelNames = ['texture', 'likelihood', 'ratio to background', ...simple.map(({ name }) => name)]

const natsOf = ({ latents }: Item) => likelihoodOf(latents, meter.hopLength).natsPerSample
const ratioOf = (item: Item) => natsOf(item) - backgroundNats(item.waveform)
const normal = { nats: 0, ratio: 0 }
{
  const items = []
  for (const recording of held) {
    const item = await corpus.item(recording)
    items.push({ nats: natsOf(item), ratio: ratioOf(item) })
  }
  normal.nats = median(items.map(({ nats }) => nats))
  normal.ratio = median(items.map(({ ratio }) => ratio))
}

function verdictOf(
  measurement: TextureMeasurement,
  facts: SignalFacts,
  index: number,
): TextureScore & Explanation & { strongestEvent: number } {
  const tie = { seed: 1, index }
  const score = scoreSegment(measurement, group, tie)
  const explanation = explainSegment(measurement, score, { facts, normal: group, falseAlarmRate: 0.01, tie })
  return { ...score, ...explanation, strongestEvent: strongestEvent(group, measurement) }
}

function scoresOf(item: Item, index: number): Scored {
  const facts = factsOf(item.waveform, meter.sampleRate)
  const verdict = verdictOf(item.measurement, facts, index)
  return {
    channels: {
      texture: verdict.score,
      likelihood: Math.abs(natsOf(item) - normal.nats),
      'ratio to background': Math.abs(ratioOf(item) - normal.ratio),
      ...Object.fromEntries(simple.map(({ name, score }) => [name, score(item.waveform)])),
    },
    featureGroups: verdict.featureGroups,
    reasons: verdict.pValue > 0.01 ? [] : verdict.reasons,
    strongestEvent: verdict.strongestEvent,
    marks: verdict.anomalies,
  }
}

const clean = new Map<Recording, Scored>()
for (const [index, recording] of held.entries()) {
  clean.set(recording, scoresOf(await corpus.item(recording), index))
}
const cleanOf = (test: (recording: Recording) => boolean) =>
  held.filter(test).map((recording) => clean.get(recording)!)
const calibrating = cleanOf((recording) => !isForTests(recording))

console.log(`${engine.description}\n`)
print(`Model ${model.hash.slice(0, 12)}, n = ${group.n} (reference: ${group.referenceItems}).`, '')
await printFalseAlarms()
await printBlocks()
await printDetection()
await printSpeed()
if (options.docs !== undefined) replaceFigures(`${options.docs}/scoring.md`, lines)
await Promise.all([meter.dispose(), vocoder.dispose()])

async function printFalseAlarms(): Promise<void> {
  const rankedOf = ({ channels, strongestEvent }: Scored) => ({ score: channels['texture']!, strongestEvent })
  const validation = cleanOf(({ split }) => split === 'validation').map(rankedOf)
  const judging = cleanOf(({ split }) => split === 'judging').map(rankedOf)
  const tests = interleaved(held.filter(isForTests))
  const waves: Float32Array[] = []
  for (const recording of tests) waves.push((await corpus.item(recording)).waveform)
  const judged = async (pieces: readonly HeardSegment[]): Promise<Ranked[]> => {
    const verdicts: Ranked[] = []
    for (const [index, piece] of pieces.entries()) {
      const { measurement } = await meter.measure(piece)
      verdicts.push(verdictOf(measurement, factsOf(scoredPart(piece), meter.sampleRate), index))
    }
    return verdicts
  }
  const behind = Math.round(heardBehindSeconds * meter.sampleRate)
  const cutSamples = Math.round(cutSeconds * meter.sampleRate)
  const cut = waves
    .filter((waveform) => waveform.length >= cutSamples + behind)
    .map((waveform) => ({
      samples: waveform.subarray(0, cutSamples + behind),
      startSeconds: 0,
      margins: { lead: 0, behind },
    }))
  const pieces = waves.map((waveform) =>
    waveform.subarray(...pieceShares.map((share) => Math.floor(share * waveform.length))),
  )
  // Voices take turns in the list: every second phrase is of one.
  const rows = waves
    .map((_, i) => concatFloats(Array.from({ length: inRow }, (_, k) => waves[(i + 2 * k) % waves.length]!)))
    .filter((_, i) => i % 2 === 0)
  const seconds = rows.reduce((sum, row) => sum + row.length, 0) / rows.length / meter.sampleRate
  const groups: CleanGroup[] = [
    {
      name: `${judging.length} judging phrases, calibrated on ${validation.length} validation phrases`,
      items: judging,
      against: validation,
    },
    {
      name: `${validation.length} validation phrases, calibrated on ${judging.length} judging phrases`,
      items: validation,
      against: judging,
    },
    {
      name: `${tests.length} phrases that the bundled calibration leaves out`,
      items: tests.map((recording) => rankedOf(clean.get(recording)!)),
    },
    { name: `${cut.length} of these, their first ${cutSeconds} s`, items: await judged(cut) },
    {
      name: `${pieces.length} pieces of these, cut from ${pieceShares.map((share) => 100 * share).join(' to ')} %`,
      items: await judged(pieces.map(heardOf)),
    },
    {
      name: `${rows.length} rows of ${inRow} of these, ${seconds.toFixed(0)} s in the mean`,
      items: await judged(rows.map(heardOf)),
    },
  ]
  print(...falseAlarmTables(groups, group), '')
}

async function printBlocks(): Promise<void> {
  const blocks = calibration.groups['blocks']!
  const forBlocks = await blockTestRecordings(recordings, basename(folders[0]!), meter.sampleRate)
  const validationFiles = cleanOf(({ split }) => split === 'validation').map(
    ({ channels }) => channels['texture']!,
  )
  const tests = await blockFalseAlarms(forBlocks, meter, { blocks, files: group, validationFiles })
  print('**Blocks.** False alarms as above.', '', ...falseAlarmTable(tests), '')
  print('**Drift.**', ...(await driftTable(forBlocks, meter, blocks.blockSeconds!)), '')
}

async function printDetection(): Promise<void> {
  const chosen = interleaved(held.filter(isForTests)).slice(0, Number(options.files))
  const limits = new Map(
    channelNames.map((name) => [name, thresholdOf(calibrating.map(({ channels }) => channels[name]!))]),
  )
  const featureGroups = new FeatureTable(calibrating.map((item) => item.featureGroups))
  const reasons = new ReasonTable()
  const localisation = new LocalisationTable()
  const bars: DetectionBar[] = []
  print(
    `**Detection.** AUC / detection at 1 % false alarms, both in %; ${chosen.length} recordings of each kind.`,
    '',
    `| damage | strength | ${channelNames.join(' | ')} |`,
    `|${'---|'.repeat(channelNames.length + 2)}`,
  )
  for (const damage of damages(vocoder)) {
    const kind = localKind(damage)
    const damaged: Scored[] = []
    const events: TimeSpan[][] = []
    for (const [index, recording] of chosen.entries()) {
      const item = await corpus.item(recording, damage)
      damaged.push(scoresOf(item, index))
      if (kind === undefined) continue
      const { waveform } = await corpus.item(recording)
      events.push(differences(waveform, item.waveform, meter.sampleRate))
    }
    const label = `${damage.name}, ${damage.strength}`
    if (kind !== undefined) {
      const items = events.map((those, i) => ({ events: those, marks: damaged[i]!.marks }))
      localisation.add(label, kind, items)
    }
    const found = channelNames.map((name) => {
      const high = damaged.map(({ channels }) => channels[name]!)
      const low = [...clean.values()].map(({ channels }) => channels[name]!)
      const share = high.filter((value) => value > limits.get(name)!).length / high.length
      return { share, area: areaUnderCurve(low, high) }
    })
    const cells = found.map(({ share, area }) => `${(100 * area).toFixed(0)} / ${(100 * share).toFixed(0)}`)
    print(`| ${damage.name} | ${damage.strength} | ${cells.join(' | ')} |`)
    featureGroups.add(damaged.map((item) => item.featureGroups))
    reasons.add(
      label,
      damaged.map((item) => item.reasons),
    )
    const [texture, ...others] = found.map(({ share }) => share)
    bars.push({ damage: label, texture: texture!, baseline: Math.max(...others) })
  }
  if (options.docs !== undefined) {
    writeFileSync(`${options.docs}/detection.svg`, detectionChart(bars))
    lines.push('', '![Detection by damage](detection.svg)')
  }
  print('', '**Does each feature group earn its place?**', '', ...featureGroups.markdown())
  print(
    '',
    '**Reasons.** Share of the recordings that are given each, in %; one can have several.',
    '',
    ...reasons.markdown(),
    '',
    '**Places.** A mark within 0.1 s of a damage is of it. Errors: median / 90th percentile.',
    '',
    ...localisation.markdown(),
  )
}

/** The files of a few recordings, read and measured as `glowcast score` does. */
async function printSpeed(): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < 4; round++) {
    const start = performance.now()
    let seconds = 0
    for (const { path } of interleaved(held).slice(0, 6)) {
      const recording = await openRecording(path)
      for await (const segment of recording.segments(meter.sampleRate)) {
        await meter.measure(segment)
        seconds += scoredPart(segment).length / meter.sampleRate
      }
    }
    times.push((performance.now() - start) / 1000 / seconds)
  }
  print('', `Scoring on one core: ${Math.min(...times).toFixed(3)} times real time (best of 4).`)
}
