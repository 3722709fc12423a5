import type { ContentStatistics } from '../../../src/scoring/novelty/measurement.js'
import type { ContentRecording } from '../../../src/scoring/novelty/recording.js'
import {
  type ContentNormal,
  contentDeviations,
  contentScore,
} from '../../../src/scoring/novelty/statistics.js'
import type { ContentBaseline } from './baselines.js'

/** Scores of one recording by name; higher is less normal. */
export type Channels = Record<string, number>

/** What a flow says of a recording. */
export interface FlowMeasurement {
  readonly natsPerValue: number
  readonly statistics: ContentStatistics
}

export interface MeasuredRecording {
  readonly recording: ContentRecording
  readonly alone: FlowMeasurement
  readonly withBackground?: FlowMeasurement
}

/** What is normal to each detector. */
export interface KnownNormal {
  readonly alone: ContentNormal
  /** Median of the normal recordings. */
  readonly usualNats: number
  readonly withBackground?: ContentNormal
  readonly baselines: readonly ContentBaseline[]
}

/** The detector with and without a background, parts of it, and the baselines. */
export function channelsOf(
  { recording, alone, withBackground }: MeasuredRecording,
  normal: KnownNormal,
): Channels {
  const channels: Channels = {}
  if (normal.withBackground !== undefined) {
    const deviations = contentDeviations(normal.withBackground, withBackground!.statistics)
    channels['content, background'] = contentScore(deviations)
    channels['ratio alone'] = deviations.ratio!
  }
  const deviations = contentDeviations(normal.alone, alone.statistics)
  channels['content'] = contentScore(deviations)
  const { latentMeans, latentVariances } = deviations
  channels['latents'] = Math.max(latentMeans!, latentVariances!)
  channels['likelihood'] = alone.natsPerValue
  channels['typicality'] = Math.abs(alone.natsPerValue - normal.usualNats)
  for (const { name, score } of normal.baselines) channels[name] = score(recording.segments[0]!.patches)
  return channels
}
