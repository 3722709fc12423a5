import { contentNormalOf } from '../../../src/scoring/novelty/training/train.js'
import { areaUnderCurve, median } from '../scoring/figures.js'
import { contentBaselines } from './baselines.js'
import { type Channels, channelsOf, type KnownNormal } from './channels.js'
import type { FoldMeasurements, MeasuredClip } from './folds.js'

/** A clip that was tested by a model that knows nothing of its fold. */
export interface ScoredClip {
  readonly category: number
  readonly fold: number
  readonly channels: Channels
}

/** The clips of a fold by all channels. @param negatives clips of classes that are known to be wrong */
export function scoreFold(
  { fold, training, tests, background }: FoldMeasurements,
  negatives: readonly MeasuredClip[],
  withBaselines: boolean,
): ScoredClip[] {
  const recordingsOf = (clips: readonly MeasuredClip[]) => clips.map(({ recording }) => recording)
  const recordings = {
    normal: recordingsOf(training),
    background: [],
    negatives: recordingsOf(negatives),
  }
  const normal: KnownNormal = {
    alone: contentNormalOf(
      recordings,
      training.map(({ alone }) => alone.statistics),
    ),
    usualNats: median(training.map(({ alone }) => alone.natsPerValue)),
    withBackground: contentNormalOf(
      { ...recordings, background },
      training.map((clip) => clip.withBackground!.statistics),
    ),
    baselines: withBaselines
      ? contentBaselines(recordings.normal.map(({ segments }) => segments[0]!.patches))
      : [],
  }
  return tests.map((clip) => ({ category: clip.clip.category, fold, channels: channelsOf(clip, normal) }))
}

/** Share of clips with p at most a rate, each ranked among the normal clips of the other folds. */
export function shareRefused(
  clips: readonly ScoredClip[],
  normal: readonly ScoredClip[],
  channel: string,
  rate: number,
): number {
  const refused = clips.filter(({ fold, channels }) => {
    const others = normal.filter((clip) => clip.fold !== fold)
    const above = others.filter((clip) => clip.channels[channel]! >= channels[channel]!).length
    return (1 + above) / (others.length + 1) <= rate
  })
  return refused.length / clips.length
}

export function areaOf(
  normal: readonly ScoredClip[],
  strange: readonly ScoredClip[],
  channel: string,
): number {
  const values = (clips: readonly ScoredClip[]) => clips.map(({ channels }) => channels[channel]!)
  return areaUnderCurve(values(normal), values(strange))
}

export const percent = (share: number) => (100 * share).toFixed(0)

export function tableHead(first: string, columns: readonly string[]): string[] {
  return [`| ${first} | ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length + 1)}`]
}
