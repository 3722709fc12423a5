import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Engine } from '../../../src/engine/index.js'
import { ContentMeter } from '../../../src/scoring/novelty/meter.js'
import type { ContentRecording } from '../../../src/scoring/novelty/recording.js'
import { makeContentModel } from '../../../src/scoring/novelty/training/train.js'
import { areaUnderCurve, median, thresholdAt } from '../scoring/figures.js'
import { contentBaselines } from './baselines.js'
import { type Channels, channelsOf, type FlowMeasurement } from './channels.js'
import { audioIn, type ContentCorpus, shape, spreadOver } from './corpus.js'
import { percent, tableHead } from './tables.js'

/** Training, calibrating and test recordings of the voice, and tests of each other folder. */
const counts = { training: 120, calibrating: 120, tests: 60, others: 40 }

const rates = [0.05, 0.01]

export interface VoiceFolders {
  readonly voice: string
  readonly tests: string
  /** Of what is not the voice. */
  readonly others: readonly string[]
}

/** A voice is normal: other voices and sounds are not. */
export async function voiceTable(
  engine: Engine,
  corpus: ContentCorpus,
  folders: VoiceFolders,
  background: readonly ContentRecording[],
): Promise<string[]> {
  const chosen = await corpus.loadAll(
    spreadOver(audioIn(folders.voice), counts.training + counts.calibrating),
  )
  const training = chosen.filter((_, i) => i % 2 === 0)
  const alone = await detector(engine, training, [])
  const withBackground = await detector(engine, training, background)
  const nats: number[] = []
  for (const recording of training) nats.push((await alone.measure(recording)).natsPerValue)
  const normal = {
    alone: alone.normal,
    usualNats: median(nats),
    withBackground: withBackground.normal,
    baselines: contentBaselines(training.map(({ segments }) => segments[0]!.patches)),
  }
  const scoresOf = async (recordings: readonly ContentRecording[]): Promise<Channels[]> => {
    const scores: Channels[] = []
    for (const recording of recordings) {
      const measured = {
        recording,
        alone: await alone.measure(recording),
        withBackground: await withBackground.measure(recording),
      }
      scores.push(channelsOf(measured, normal))
    }
    return scores
  }
  const calibration = await scoresOf(chosen.filter((_, i) => i % 2 === 1))
  const clean = await scoresOf(await corpus.loadAll(spreadOver(audioIn(folders.tests), counts.tests)))
  const names = Object.keys(clean[0]!)
  const valuesOf = (scores: readonly Channels[], name: string) => scores.map((channels) => channels[name]!)
  const row = (title: string, scores: readonly Channels[], withArea: boolean) => {
    const cells = names.map((name) => {
      const values = valuesOf(scores, name)
      const area = withArea ? [percent(areaUnderCurve(valuesOf(clean, name), values))] : []
      const found = rates.map((rate) => {
        const limit = thresholdAt(valuesOf(calibration, name), rate)
        return percent(values.filter((value) => value > limit).length / values.length)
      })
      return [...area, ...found].join(' / ')
    })
    return `| ${title} (${scores.length}) | ${cells.join(' | ')} |`
  }
  const lines = [
    '**Speech.** AUC / found at 5 % / at 1 % false alarms, in %.',
    '',
    ...tableHead('what is tested', names),
    row('false alarms', clean, false),
  ]
  for (const other of folders.others) {
    lines.push(row(basename(other), await scoresOf(await corpus.loadAll(filesOf(other))), true))
  }
  await alone.dispose()
  await withBackground.dispose()
  return lines
}

function filesOf(folder: string): string[] {
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return inside.length === 0
    ? spreadOver(audioIn(folder), counts.others)
    : spreadOver(
        inside.flatMap(({ name }) => audioIn(join(folder, name))),
        counts.others,
      )
}

async function detector(
  engine: Engine,
  normal: readonly ContentRecording[],
  background: readonly ContentRecording[],
) {
  const recordings = { normal, background, negatives: [] }
  const { config, flows, profiles } = await makeContentModel(engine, recordings, {
    shape,
    seed: 1,
    steps: 200,
  })
  const meter = await ContentMeter.create(engine, shape, flows)
  return {
    normal: { reference: config.reference, profiles },
    measure: ({ segments }: ContentRecording): Promise<FlowMeasurement> =>
      meter.measurePatches(segments[0]!.patches, segments[0]!.seconds),
    dispose: () => meter.dispose(),
  }
}
