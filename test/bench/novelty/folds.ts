import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../../src/engine/index.js'
import { type ContentFlows, ContentMeter } from '../../../src/scoring/novelty/meter.js'
import { profileOf } from '../../../src/scoring/novelty/profiles.js'
import type { ContentRecording } from '../../../src/scoring/novelty/recording.js'
import { makeContentModel } from '../../../src/scoring/novelty/training/train.js'
import type { ContentTrainingResult } from '../../../src/scoring/novelty/training/trainer.js'
import type { FlowMeasurement, MeasuredRecording } from './channels.js'
import { type Clip, shape } from './corpus.js'

export const folds = [1, 2, 3, 4, 5]

const seed = 1
const steps = 200

export interface MeasuredClip extends MeasuredRecording {
  readonly clip: Clip
}

/** One normal class, with models that never heard the clips of one fold. */
export interface FoldMeasurements {
  readonly fold: number
  /** Of the class, that trained. */
  readonly training: readonly MeasuredClip[]
  /** Of the fold: the class and all that is tested. */
  readonly tests: readonly MeasuredClip[]
  /** Clips of the background that trained. */
  readonly background: readonly ContentRecording[]
}

/**
 * Trains and measures fold by fold; what flows say is kept in a folder, as training is what takes long. Delete it when
 * the flow or its training changes.
 */
export class FoldRuns {
  constructor(
    private readonly engine: Engine,
    private readonly cache: string,
    private readonly clips: readonly Clip[],
    private readonly backgroundCategories: ReadonlySet<number>,
  ) {}

  /** @param normal categories that are normal together @param tested categories whose clips are scored */
  async run(
    normal: ReadonlySet<number>,
    tested: ReadonlySet<number>,
    fold: number,
  ): Promise<FoldMeasurements> {
    const training = this.clips.filter((clip) => normal.has(clip.category) && clip.fold !== fold)
    const tests = this.clips.filter((clip) => tested.has(clip.category) && clip.fold === fold)
    const background = this.clips
      .filter((clip) => this.backgroundCategories.has(clip.category) && clip.fold !== fold)
      .map(({ recording }) => recording)
    const measured = [...training, ...tests]
    const recordings = { normal: training.map(({ recording }) => recording), background, negatives: [] }
    const key = `${[...normal].join('_')}-${fold}`
    const alone = await this.kept(`${key}-alone`, measured, async () => {
      const options = { shape, seed, steps }
      return (await makeContentModel(this.engine, { ...recordings, background: [] }, options)).flows
    })
    const withBackground = await this.kept(`${key}-background`, measured, async () => {
      const given = this.backgroundFlow(fold)
      const options = { shape, seed, steps, ...(given === undefined ? {} : { background: given }) }
      const made = await makeContentModel(this.engine, recordings, options)
      this.keepBackground(fold, made.background!)
      return made.flows
    })
    const clipOf = (clip: Clip, i: number): MeasuredClip => ({
      clip,
      recording: clip.recording,
      alone: alone[i]!,
      withBackground: withBackground[i]!,
    })
    const all = measured.map(clipOf)
    return { fold, training: all.slice(0, training.length), tests: all.slice(training.length), background }
  }

  private async kept(
    key: string,
    clips: readonly Clip[],
    train: () => Promise<ContentFlows>,
  ): Promise<FlowMeasurement[]> {
    const file = join(this.cache, `flow-${key}.json`)
    if (!existsSync(file)) {
      const started = performance.now()
      const meter = await ContentMeter.create(this.engine, shape, await train())
      const found: Record<string, object> = {}
      for (const { name, recording } of clips) {
        const { patches, seconds } = recording.segments[0]!
        const { natsPerValue, statistics } = await meter.measurePatches(patches, seconds)
        found[name] = { natsPerValue, statistics: { ...statistics, profile: undefined } }
      }
      await meter.dispose()
      writeFileSync(file, JSON.stringify(found))
      console.error(`${key}: ${((performance.now() - started) / 1000).toFixed(0)} s`)
    }
    const known = JSON.parse(readFileSync(file, 'utf8')) as Record<string, FlowMeasurement>
    return clips.map(({ name, recording }) => {
      const { natsPerValue, statistics } = known[name]!
      const profile = profileOf(recording.segments[0]!.patches)
      return { natsPerValue, statistics: { ...statistics, profile } }
    })
  }

  /** Where no clip of the background is of the fold, its flow is that of all. */
  private backgroundFile(fold: number): string {
    const isPart = this.clips.some(
      (clip) => this.backgroundCategories.has(clip.category) && clip.fold === fold,
    )
    const of = isPart ? fold : 'all'
    return join(this.cache, `background-${[...this.backgroundCategories].join('_')}-${of}.json`)
  }

  private backgroundFlow(fold: number): ContentTrainingResult | undefined {
    const file = this.backgroundFile(fold)
    if (!existsSync(file)) return undefined
    const { weights, ...figures } = JSON.parse(readFileSync(file, 'utf8'))
    const tensors = Object.entries(weights as Record<string, { shape: number[]; data: number[] }>)
    return {
      ...figures,
      weights: Object.fromEntries(
        tensors.map(([name, { shape: size, data }]) => [
          name,
          { shape: size, data: Float32Array.from(data) },
        ]),
      ),
    }
  }

  private keepBackground(fold: number, { weights, ...figures }: ContentTrainingResult): void {
    const tensors = Object.entries(weights).map(([name, { shape: size, data }]) => [
      name,
      { shape: size, data: [...data] },
    ])
    const text = JSON.stringify({ ...figures, weights: Object.fromEntries(tensors) })
    writeFileSync(this.backgroundFile(fold), text)
  }
}
