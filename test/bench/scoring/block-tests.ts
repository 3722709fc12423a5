import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { RandomStream } from '../../../src/numeric/random.js'
import type { GroupCalibration } from '../../../src/scoring/calibration/file.js'
import { blockRecording } from '../../../src/scoring/recording/block-recording.js'
import { SampleBlocks } from '../../../src/scoring/recording/sample-blocks.js'
import { BlockTest } from '../../../src/scoring/statistics/block-test.js'
import { conformalP } from '../../../src/scoring/statistics/conformal.js'
import { calibrateGroup } from '../../../src/scoring/texture/calibration/calibrate.js'
import type { RecordingMeter, TextureMeasurement } from '../../../src/scoring/texture/reference/meter.js'
import { featureSurprisals, textureScore } from '../../../src/scoring/texture/reference/reference.js'
import type { BlockTestRecordings } from './block-recordings.js'
import type { CleanTest } from './false-alarms.js'
import { median } from './figures.js'

/** Streams of each kind, each of blocks in an order of its own. */
const streams = 20
/** Blocks of the voice before the change. */
const blocksBefore = 20
const driftFalseAlarmRate = 0.01
/** Stream of the generator that puts blocks in order. */
const orderStream = 0xb10c

const scoreOf = ({ reference }: GroupCalibration, { statistics }: TextureMeasurement) =>
  textureScore(featureSurprisals(reference, statistics))

/** The phrases in a row with their pauses, cut wherever a block ends. */
async function rowBlocks(
  waves: readonly Float32Array[],
  meter: RecordingMeter,
  blockSeconds: number,
): Promise<TextureMeasurement[]> {
  const { sampleRate } = meter
  const cutter = new SampleBlocks(Math.round(blockSeconds * sampleRate), sampleRate)
  const measurements: TextureMeasurement[] = []
  for (const { samples, lead, length, overlap } of [
    ...cutter.push(concatFloats([...waves])),
    ...cutter.flush(),
  ]) {
    if (overlap > 0) continue
    const { value } = await blockRecording({ samples, sampleRate, lead, length }).segments(sampleRate).next()
    measurements.push((await meter.measure(value)).measurement)
  }
  return measurements
}

/** Clean blocks ranked among blocks, of each half among the other's and of the rest among the bundled; and among files. */
export async function blockFalseAlarms(
  { validation, judging, leftOut }: BlockTestRecordings,
  meter: RecordingMeter,
  {
    blocks,
    files,
    validationFiles,
  }: {
    readonly blocks: GroupCalibration
    readonly files: GroupCalibration
    /** Scores of the validation phrases as files. */
    readonly validationFiles: readonly number[]
  },
): Promise<CleanTest[]> {
  const seconds = blocks.blockSeconds!
  const measured = async (waves: readonly Float32Array[]) => {
    const items = await rowBlocks(waves, meter, seconds)
    return {
      asBlocks: items.map((item) => scoreOf(blocks, item)),
      asFiles: items.map((item) => scoreOf(files, item)),
    }
  }
  const ofValidation = await measured(validation)
  const ofJudging = await measured(judging)
  const ofLeftOut = await measured(leftOut)
  const count = (items: { readonly asBlocks: readonly number[] }) =>
    `${items.asBlocks.length} blocks of ${seconds} s`
  return [
    {
      name: `${count(ofJudging)} of rows of judging phrases, calibrated on ${ofValidation.asBlocks.length} of validation phrases`,
      scores: ofJudging.asBlocks,
      against: ofValidation.asBlocks,
    },
    {
      name: `${count(ofValidation)} of rows of validation phrases, calibrated on ${ofJudging.asBlocks.length} of judging phrases`,
      scores: ofValidation.asBlocks,
      against: ofJudging.asBlocks,
    },
    {
      name: `${count(ofLeftOut)} of rows of phrases that the bundled calibration leaves out, among its ${blocks.n} blocks`,
      scores: ofLeftOut.asBlocks,
      against: blocks.scores,
    },
    {
      name: `the blocks of the first row, among ${validationFiles.length} validation phrases as files`,
      scores: ofJudging.asFiles,
      against: validationFiles,
    },
    {
      name: 'the blocks of the third row, among the bundled files',
      scores: ofLeftOut.asFiles,
      against: files.scores,
    },
  ]
}

/** Streams of one voice that change in the middle, ranked among blocks of that voice. */
export async function driftTable(
  { oneVoice }: BlockTestRecordings,
  meter: RecordingMeter,
  blockSeconds: number,
): Promise<string[]> {
  const { fitting, calibrating, first, changed } = oneVoice
  const measure = (waves: readonly Float32Array[]) => rowBlocks(waves, meter, blockSeconds)
  const reference = (await measure(fitting)).map((block) => [block])
  const group = calibrateGroup(reference, await measure(calibrating), { seed: 0, date: '' })
  const scores = (items: readonly TextureMeasurement[]) => items.map((item) => scoreOf(group, item))
  const before = scores(await measure(first))
  const rows: string[] = []
  const clean = streamsOf(before, [], group)
  rows.push(rowOf('the voice throughout', before.length, 0, clean))
  for (const [name, waves] of Object.entries(changed)) {
    const after = scores(await measure(waves))
    rows.push(rowOf(name, blocksBefore, after.length, streamsOf(before, after, group)))
  }
  return [
    `Ranked among n = ${group.n} blocks of ${blockSeconds} s of one voice (reference: ${group.referenceItems}); ${streams} streams of each kind, their blocks in random order; chance of a false alarm ${driftFalseAlarmRate}; p of the whole stream at most 0.01: refused.`,
    '',
    '| stream | blocks before | after | alarms before the change | alarms after it | blocks from the change to the alarm, median (most) | streams refused |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ]
}

interface StreamResult {
  /** Block that raised the alarm, counted from the change. */
  readonly alarm: number | null
  readonly isRefused: boolean
}

function streamsOf(
  before: readonly number[],
  after: readonly number[],
  group: GroupCalibration,
): StreamResult[] {
  const count = after.length === 0 ? before.length : Math.min(blocksBefore, before.length)
  return Array.from({ length: streams }, (_, seed) => {
    const order = [...shuffled(before, seed).slice(0, count), ...shuffled(after, seed)]
    const verdict = new BlockTest({ calibrationItems: group.n, driftFalseAlarmRate, seed })
    let alarm: number | null = null
    for (const [index, score] of order.entries()) {
      const state = verdict.push(conformalP(score, group.scores, { seed, index }), true)
      if (state.alarm) alarm ??= index - count
    }
    return { alarm, isRefused: verdict.pValue! <= 0.01 }
  })
}

function shuffled(values: readonly number[], seed: number): number[] {
  const random = new RandomStream(seed, orderStream)
  const order = [...values]
  for (let i = order.length - 1; i > 0; i--) {
    const other = random.integer(i + 1)
    ;[order[i], order[other]] = [order[other]!, order[i]!]
  }
  return order
}

function rowOf(name: string, before: number, after: number, results: readonly StreamResult[]): string {
  const alarms = results.flatMap(({ alarm }) => alarm ?? [])
  const late = alarms.filter((alarm) => alarm >= 0).map((alarm) => alarm + 1)
  const delay = late.length === 0 || after === 0 ? '–' : `${median(late)} (${Math.max(...late)})`
  const refused = results.filter(({ isRefused }) => isRefused).length
  const early = alarms.length - late.length
  return `| ${[name, before, after, early, late.length, delay, refused].join(' | ')} |`
}
