import { parseArgs } from 'node:util'
import { recordingsOf } from '../../src/cli/terminal/recordings.js'
import { createEngine } from '../../src/engine/index.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { bundledModel } from '../../src/package-root.js'
import { loadCalibration } from '../../src/scoring/calibration/store.js'
import { scoredFeatureGroups } from '../../src/scoring/texture/features/statistics.js'
import { RecordingMeter } from '../../src/scoring/texture/reference/meter.js'
import { combinedSurprisal, featureSurprisals } from '../../src/scoring/texture/reference/reference.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { isForTests } from '../../src/training/data/dataset.js'
import { Corpus, interleaved } from './scoring/corpus.js'
import { damages, faintDamages } from './scoring/damages/damages.js'
import { thresholdOf } from './scoring/figures.js'

/**
 * `node dist/test/bench/feature-groups.js FOLDERS… --without echo,similarity [--without …] [--files N] [--cache FOLDER]`:
 * how many damaged recordings the texture score finds at 1 % false alarms with all its feature groups, and without some of
 * them together. Thresholds are of the clean recordings of the folders that tests leave; damages are those of
 * `npm run bench:density`, and fainter ones.
 */
const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    without: { type: 'string', multiple: true, default: [] },
    cache: { type: 'string', default: 'density-cache' },
    files: { type: 'string', default: '10' },
  },
})
/** Feature groups by what they are compared as: all of them first. */
const choices = ['', ...options.without].map((list) => {
  const left = list === '' ? [] : list.split(',')
  const unknown = left.find((name) => !scoredFeatureGroups.some((scored) => scored === name))
  if (unknown !== undefined) throw new Error(`--without: no feature group ${unknown}`)
  return scoredFeatureGroups.filter((name) => !left.includes(name))
})

const engine = await createEngine('onnx', { threads: 1 })
const model = await loadGlowcastModel(bundledModel)
const meter = await RecordingMeter.create(engine, model, { chunkFrames: 64 })
const vocoder = await Vocoder.create(engine, model.config, model.weights)
const calibration = await loadCalibration(`${bundledModel}/calibration.json`, meter.density)
const { reference } = calibration.groups['default']!
const corpus = new Corpus(meter, options.cache)
const held = (await recordingsOf(folders)).filter(({ split }) => split !== 'training')
const tests = interleaved(held.filter(isForTests)).slice(0, Number(options.files))

/** The score of a recording under each choice. */
async function scoresOf(...of: Parameters<Corpus['item']>): Promise<number[]> {
  const surprises = featureSurprisals(reference, (await corpus.item(...of)).measurement.statistics)
  return choices.map((names) => combinedSurprisal(names.map((name) => surprises[name])))
}

const clean: number[][] = []
for (const recording of held.filter((recording) => !isForTests(recording)))
  clean.push(await scoresOf(recording))
const limits = choices.map((_, choice) => thresholdOf(clean.map((scores) => scores[choice]!)))

/** Of the recordings of a damage that are found with all groups, or without some: how many, lost and gained. */
function row(found: readonly (readonly boolean[])[]): string[] {
  const count = (is: (one: readonly boolean[]) => boolean) => found.filter(is).length
  const others = options.without.map((_, i) => {
    const lost = count((one) => one[0]! && !one[i + 1]!)
    const gained = count((one) => !one[0]! && one[i + 1]!)
    return `${count((one) => one[i + 1]!)} (−${lost} +${gained})`
  })
  return [`${count((one) => one[0]!)}`, ...others]
}

console.log(
  `${clean.length} clean recordings, ${tests.length} of each damage. Found, of these, with all feature groups, and without some (lost and gained):`,
)
const head = [
  'damage',
  'all groups',
  ...options.without.map((list) => `without ${list.replaceAll(',', ', ')}`),
]
console.log(`\n| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}`)
for (const [name, list] of [
  ['the table of the detectors', damages(vocoder)],
  ['fainter', faintDamages()],
] as const) {
  const all: boolean[][] = []
  for (const damage of list) {
    const found: boolean[][] = []
    for (const recording of tests) {
      const scores = await scoresOf(recording, damage)
      found.push(scores.map((score, choice) => score > limits[choice]!))
    }
    all.push(...found)
    // Rows without a difference say nothing.
    const differs = found.some((one) => one.some((isFound) => isFound !== one[0]))
    if (differs) console.log(`| ${damage.name}, ${damage.strength} | ${row(found).join(' | ')} |`)
  }
  console.log(`| **all ${all.length}, ${name}** | ${row(all).join(' | ')} |`)
}
await Promise.all([meter.dispose(), vocoder.dispose()])
