import type { SignalFacts } from '../audio/metering/signal-facts.js'
import type { CalibrationSet, DetectorName } from './calibration/file.js'
import type { HeardSegment, ScoredRecording } from './recording/recording.js'
import type { TieBreak } from './statistics/conformal.js'
import type { Anomaly, Reason } from './verdict/anomaly.js'
import type { SurpriseMap } from './verdict/shown-segment.js'
import type { ScoreWarning } from './verdict/warnings.js'

/** What any detector says of a segment before it is compared with anything. */
export interface MeasuredSegment {
  /** Where what was measured begins in the recording, and its length. */
  readonly startSeconds: number
  readonly seconds: number
}

/** How unusual a segment is. */
export interface SegmentScore {
  /** The larger, the less normal. */
  readonly score: number
  /** Rank among the calibration items, see `conformalP`. */
  readonly pValue: number
  /** How unusual each part of the score is by itself. */
  readonly featureGroups: Readonly<Record<string, number>>
  /** At even steps over time. */
  readonly deviations: Float64Array
}

/** What a detector says of a file beside p. */
export interface Figures {
  readonly bitsPerSample: number | null
  readonly natsPerSample: number | null
  /** Of a content model. */
  readonly content?: {
    /** Negative log-likelihood of the mel patches: printed, no part of the score. */
    readonly natsPerValue: number
    /** Of the segment that is least like normal ones: how far each feature group is from normal, in deviations. */
    readonly deviations: Readonly<Record<string, number>>
  }
}

/** What is wrong with a segment, and where, whether it is refused or not. */
export interface Explanation {
  /** Whatever the p of the segment is: they are a test by themselves. */
  readonly anomalies: readonly Anomaly[]
  readonly reasons: readonly Reason[]
}

export interface ExplainOptions<Normal> {
  /** Of the whole recording. */
  readonly facts: SignalFacts
  readonly normal: Normal
  readonly falseAlarmRate: number
  readonly tie: TieBreak
}

export interface CalibrationItems<Measurement> {
  /** Recordings that say what is normal, each with its variants behind it; unused where a model says it. */
  readonly fitting: readonly (readonly Measurement[])[]
  /** Other recordings, whose scores rank new ones. */
  readonly items: readonly Measurement[]
}

export interface CalibrateOptions {
  readonly seed: number
  /** YYYY-MM-DD */
  readonly date: string
  /** Where items are blocks: their length, and the number of recordings that those which calibrate are of. */
  readonly blocks?: { readonly blockSeconds: number; readonly recordings: number }
}

/**
 * What ranks recordings against normal ones, segment by segment, in memory that their length does not change. Texture
 * finds damage, novelty finds the wrong sound.
 */
export interface Detector<
  Measurement extends MeasuredSegment = MeasuredSegment,
  Normal extends CalibrationSet = CalibrationSet,
> {
  readonly name: DetectorName
  /** Hz, of the segments that it measures. */
  readonly sampleRate: number
  /** Hash that its calibrations name. */
  readonly model: string
  /** @throws GlowcastError TOO_SHORT, SILENT for a recording of which it can say nothing */
  assertScorable(name: string, facts: SignalFacts): void
  /** Whether so much of a recording is silence that nothing else counts. */
  isSilence(facts: SignalFacts): boolean
  /** Once a segment: nothing is decided. @throws GlowcastError INVALID_AUDIO, NON_FINITE, TOO_SHORT */
  measure(segment: HeardSegment): Promise<{ measurement: Measurement; latents: SurpriseMap }>
  /** The measurement of a segment, and of variants of it, for `CalibrationItems.fitting`. */
  measureVariants(segment: HeardSegment): Promise<Measurement[]>
  /** What is normal. @throws GlowcastError INVALID_DATASET for too few recordings */
  calibrate(measured: CalibrationItems<Measurement>, options: CalibrateOptions): Normal
  score(measurement: Measurement, normal: Normal, tie: TieBreak): SegmentScore
  explain(measurement: Measurement, score: SegmentScore, options: ExplainOptions<Normal>): Explanation
  /** Mean negative log-likelihood, nats. */
  natsOf(measurement: Measurement): number
  /** @param nats mean over its segments @param worst of them */
  figures(nats: number, worst: Pick<SegmentScore, 'featureGroups'>): Figures
  /** What limits its score of a recording. */
  warnings(recording: ScoredRecording): Promise<ScoreWarning[]>
  dispose(): Promise<void>
}
