import { parseArgs } from 'node:util'
import { isForTests } from '../../src/cli/calibrate.js'
import { bundledModel } from '../../src/cli/files.js'
import { loadCalibration } from '../../src/density/calibration.js'
import { conformalP } from '../../src/density/conformal.js'
import { likelihoodOf } from '../../src/density/likelihood.js'
import { RecordingMeter } from '../../src/density/recording-meter.js'
import { measureSound } from '../../src/density/sound-measures.js'
import { familyDeviations, textureScore } from '../../src/density/texture-reference.js'
import { type StatisticFamily, textureStatistics } from '../../src/density/texture-statistics.js'
import { createEngine } from '../../src/engine/index.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import type { Recording } from '../../src/training/dataset.js'
import { Vocoder } from '../../src/vocoder.js'
import { baselines } from './density/baselines.js'
import { Corpus, type Item, interleaved, loadWaveform, recordingsIn } from './density/corpus.js'
import { damages } from './density/damages.js'
import { FamilyTable } from './density/family-table.js'
import { areaUnderCurve, median, shareAtMost, thresholdOf, uniformityTest } from './density/figures.js'

/**
 * `npm run bench:density -- FOLDERS… [--cache FOLDER] [--files N]`: the texture score and its baselines on clean
 * and on damaged speech, with the bundled model and calibration. The folders are those of the two bundled voices.
 */
const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    cache: { type: 'string', default: 'density-cache' },
    model: { type: 'string', default: bundledModel },
    files: { type: 'string', default: '12' },
  },
})

/** Training recordings that the baselines are fitted on. */
const baselineRecordings = 80

/** All channels of an item, higher is less normal; and the parts of the texture score. */
interface Scored {
  readonly channels: Readonly<Record<string, number>>
  readonly deviations: Record<StatisticFamily, number>
}

const model = await loadGlowcastModel(options.model)
const engine = await createEngine('onnx', { threads: 1 })
const meter = await RecordingMeter.create(engine, model)
const vocoder = await Vocoder.create(engine, model.config, model.weights)
const calibration = await loadCalibration(`${options.model}/calibration.json`, meter.density)
const { reference, scores: bundledScores } = calibration.groups['default']!
const corpus = new Corpus(meter, options.cache)
const recordings = await recordingsIn(folders)
const training = recordings.filter(({ split }) => split === 'training')
const held = recordings.filter(({ split }) => split !== 'training')
const simple = baselines(
  await Promise.all(
    Array.from({ length: baselineRecordings }, (_, i) =>
      loadWaveform(training[Math.floor((i * training.length) / baselineRecordings)]!, meter.sampleRate),
    ),
  ),
)
const channelNames = ['texture', 'likelihood', ...simple.map(({ name }) => name)]

const natsOf = ({ latents }: Item) => likelihoodOf(latents, meter.hopLength).natsPerSample
const nats = new Map<Recording, number>()
for (const recording of held) nats.set(recording, natsOf(await corpus.item(recording)))
const normalNats = median([...nats.values()])

function scoresOf(item: Item): Scored {
  const deviations = familyDeviations(
    reference,
    textureStatistics(item.latents, measureSound(item.waveform, meter.sampleRate)),
  )
  const channels = {
    texture: textureScore(deviations),
    likelihood: Math.abs(natsOf(item) - normalNats),
    ...Object.fromEntries(simple.map(({ name, score }) => [name, score(item.waveform)])),
  }
  return { channels, deviations }
}

const clean = new Map<Recording, Scored>()
for (const recording of held) clean.set(recording, scoresOf(await corpus.item(recording)))
const cleanOf = (test: (recording: Recording) => boolean) =>
  held.filter(test).map((recording) => clean.get(recording)!)
const calibrating = cleanOf((recording) => !isForTests(recording))

console.log(`${engine.description}; model ${model.hash.slice(0, 12)}; n = ${bundledScores.length}\n`)
printFalseAlarms()
await printDetection()
await printSpeed()
await Promise.all([meter.dispose(), vocoder.dispose()])

function pValues(items: readonly Scored[], against: readonly number[]): number[] {
  const sorted = [...against].sort((a, b) => a - b)
  return items.map(({ channels }, index) => conformalP(channels['texture']!, sorted, { seed: 1, index }))
}

function printFalseAlarms(): void {
  const validation = cleanOf(({ split }) => split === 'validation')
  const judging = cleanOf(({ split }) => split === 'judging')
  const tests = cleanOf(isForTests)
  const texture = (items: readonly Scored[]) => items.map(({ channels }) => channels['texture']!)
  const rows: [string, number[], number][] = [
    [
      `${judging.length} judging phrases, calibrated on ${validation.length} validation phrases`,
      pValues(judging, texture(validation)),
      validation.length,
    ],
    [
      `${validation.length} validation phrases, calibrated on ${judging.length} judging phrases`,
      pValues(validation, texture(judging)),
      judging.length,
    ],
    [
      `${tests.length} phrases that the bundled calibration leaves out`,
      pValues(tests, bundledScores),
      bundledScores.length,
    ],
  ]
  console.log(
    '| clean speech | p ≤ 0.1 | p ≤ 0.05 | p ≤ 0.01 | KS distance | KS p |\n|---|---|---|---|---|---|',
  )
  for (const [name, p, calibrationItems] of rows) {
    const { distance, pValue } = uniformityTest(p, calibrationItems)
    const shares = [0.1, 0.05, 0.01].map((rate) => shareAtMost(p, rate).toFixed(3))
    console.log(`| ${[name, ...shares, distance.toFixed(3), pValue.toFixed(2)].join(' | ')} |`)
  }
  console.log()
}

async function printDetection(): Promise<void> {
  const chosen = interleaved(held.filter(isForTests)).slice(0, Number(options.files))
  const limits = new Map(
    channelNames.map((name) => [name, thresholdOf(calibrating.map(({ channels }) => channels[name]!))]),
  )
  const families = new FamilyTable(calibrating.map(({ deviations }) => deviations))
  console.log(`AUC / detection at 1 % false alarms, both in %; ${chosen.length} recordings of each kind\n`)
  console.log(
    `| damage | strength | ${channelNames.join(' | ')} |\n|${'---|'.repeat(channelNames.length + 2)}`,
  )
  for (const damage of damages(vocoder)) {
    const damaged: Scored[] = []
    for (const recording of chosen) damaged.push(scoresOf(await corpus.item(recording, damage)))
    const cells = channelNames.map((name) => {
      const high = damaged.map(({ channels }) => channels[name]!)
      const low = [...clean.values()].map(({ channels }) => channels[name]!)
      const found = high.filter((value) => value > limits.get(name)!).length / high.length
      return `${(100 * areaUnderCurve(low, high)).toFixed(0)} / ${(100 * found).toFixed(0)}`
    })
    console.log(`| ${damage.name} | ${damage.strength} | ${cells.join(' | ')} |`)
    families.add(damaged.map(({ deviations }) => deviations))
  }
  families.print()
}

async function printSpeed(): Promise<void> {
  const waveform = await loadWaveform(held[0]!, meter.sampleRate)
  await meter.measure(waveform)
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const start = performance.now()
    await meter.measure(waveform)
    times.push((performance.now() - start) / 1000 / (waveform.length / meter.sampleRate))
  }
  console.log(`\nScoring on one core: ${Math.min(...times).toFixed(3)} times real time (best of 5)`)
}
