import type { SignalFacts } from '../../audio/metering/signal-facts.js'
import type { Engine } from '../../engine/index.js'
import type { CalibrationSet, ContentGroup } from '../calibration/file.js'
import type { CalibrateOptions, CalibrationItems, Detector, SegmentScore } from '../detector.js'
import { type HeardSegment, type ScoredRecording, scoredPart } from '../recording/recording.js'
import { conformalP, type TieBreak } from '../statistics/conformal.js'
import type { Anomaly } from '../verdict/anomaly.js'
import { trainedOnWarning } from '../verdict/warnings.js'
import { calibrateContentGroup } from './calibration.js'
import type { ContentMeasurement } from './measurement.js'
import { ContentMeter } from './meter.js'
import type { ContentModel } from './model.js'
import { patchDeviations } from './patch-deviations.js'
import { assertContentScorable } from './recording.js'
import { type ContentNormal, contentDeviations, contentScore } from './statistics.js'

type Measurement = ContentMeasurement & { readonly startSeconds: number }

/** Finds the wrong sound: one whose mel patches are unlike those of the recordings that trained a content model. */
export class NoveltyDetector implements Detector<Measurement, ContentGroup> {
  readonly name = 'novelty'
  readonly sampleRate: number
  readonly model: string
  private readonly normal: ContentNormal
  private readonly trainedOn: ReadonlySet<string>

  private constructor(
    private readonly meter: ContentMeter,
    { config, profiles, hash }: ContentModel,
  ) {
    this.sampleRate = meter.sampleRate
    this.model = hash
    this.normal = { reference: config.reference, profiles }
    this.trainedOn = new Set(config.training.files)
  }

  static async create(engine: Engine, model: ContentModel): Promise<NoveltyDetector> {
    return new NoveltyDetector(await ContentMeter.create(engine, model.config, model.flows), model)
  }

  assertScorable(name: string, { seconds, levelDb, dc }: SignalFacts): void {
    assertContentScorable(name, { seconds, meanSquare: 10 ** ((levelDb ?? -Infinity) / 10), dc })
  }

  /** Pauses are part of the sound that trained it. */
  isSilence(): boolean {
    return false
  }

  async measure(segment: HeardSegment) {
    const { patches, ...measured } = await this.meter.measure(scoredPart(segment))
    const measurement = { ...measured, startSeconds: segment.startSeconds }
    return { measurement, latents: patchDeviations(patches, this.normal.reference) }
  }

  async measureVariants(segment: HeardSegment): Promise<Measurement[]> {
    return [(await this.measure(segment)).measurement]
  }

  calibrate({ items }: CalibrationItems<Measurement>, options: CalibrateOptions): ContentGroup {
    return calibrateContentGroup(this.normal, items, options)
  }

  score({ statistics, patchNats }: Measurement, { scores }: CalibrationSet, tie: TieBreak) {
    const featureGroups = contentDeviations(this.normal, statistics) as Record<string, number>
    const score = contentScore(featureGroups)
    return { score, pValue: conformalP(score, scores, tie), featureGroups, deviations: patchNats }
  }

  /** The flow tells that the sound is wrong, not where within a segment. */
  explain({ startSeconds, seconds }: Measurement, { pValue }: SegmentScore) {
    const kind = 'wrong content'
    const whole: Anomaly = { startSeconds, endSeconds: startSeconds + seconds, kind, pValue }
    return { anomalies: [whole], reasons: [kind] as const }
  }

  natsOf({ natsPerValue }: Measurement): number {
    return natsPerValue
  }

  figures(natsPerValue: number, { featureGroups }: Pick<SegmentScore, 'featureGroups'>) {
    return { bitsPerSample: null, natsPerSample: null, content: { natsPerValue, deviations: featureGroups } }
  }

  async warnings(recording: ScoredRecording) {
    const hash = await recording.hash()
    return hash !== undefined && this.trainedOn.has(hash) ? [trainedOnWarning] : []
  }

  dispose(): Promise<void> {
    return this.meter.dispose()
  }
}
