import type { SignalFacts } from '../../audio/metering/signal-facts.js'
import type { Engine } from '../../engine/index.js'
import { type LikelihoodOptions, recordingChunkFrames } from '../../likelihood/likelihood.js'
import { bitsPerSample } from '../../likelihood/units.js'
import type { GlowcastConfig } from '../../models/config/model-config.js'
import type { LoadedWeights } from '../../models/load-model.js'
import type { GroupCalibration } from '../calibration/file.js'
import type { CalibrateOptions, CalibrationItems, Detector, ExplainOptions } from '../detector.js'
import { assertScorable, type HeardSegment, type ScoredRecording } from '../recording/recording.js'
import type { TieBreak } from '../statistics/conformal.js'
import { cutEndWarnings } from '../verdict/warnings.js'
import { calibrateGroup } from './calibration/calibrate.js'
import { explainSegment, scoreSegment, type TextureScore } from './judge.js'
import { RecordingMeter, type TextureMeasurement } from './reference/meter.js'
import { isMostlySilent } from './reference/reasons.js'
import { measureVariants } from './reference/variants.js'

/** Finds damage: what a recording's latents and waveform have that those of normal recordings have not. */
export class TextureDetector implements Detector<TextureMeasurement, GroupCalibration> {
  readonly name = 'texture'
  readonly sampleRate: number
  readonly model: string

  constructor(private readonly meter: RecordingMeter) {
    this.sampleRate = meter.sampleRate
    this.model = meter.density
  }

  static async create(
    engine: Engine,
    model: LoadedWeights<GlowcastConfig>,
    options: LikelihoodOptions = { chunkFrames: recordingChunkFrames },
  ): Promise<TextureDetector> {
    return new TextureDetector(await RecordingMeter.create(engine, model, options))
  }

  assertScorable(name: string, facts: SignalFacts): void {
    assertScorable(name, facts)
  }

  isSilence(facts: SignalFacts): boolean {
    return isMostlySilent(facts)
  }

  measure(segment: HeardSegment) {
    return this.meter.measure(segment)
  }

  measureVariants(segment: HeardSegment): Promise<TextureMeasurement[]> {
    return measureVariants(segment, this.meter)
  }

  calibrate(
    { fitting, items }: CalibrationItems<TextureMeasurement>,
    options: CalibrateOptions,
  ): GroupCalibration {
    return calibrateGroup(fitting, items, options)
  }

  score(measurement: TextureMeasurement, normal: GroupCalibration, tie: TieBreak): TextureScore {
    return scoreSegment(measurement, normal, tie)
  }

  explain(measurement: TextureMeasurement, score: TextureScore, options: ExplainOptions<GroupCalibration>) {
    return explainSegment(measurement, score, options)
  }

  natsOf({ natsPerSample }: TextureMeasurement): number {
    return natsPerSample
  }

  figures(nats: number) {
    return { bitsPerSample: bitsPerSample(nats), natsPerSample: nats }
  }

  async warnings({ cutEnds }: ScoredRecording) {
    return cutEndWarnings(cutEnds)
  }

  dispose(): Promise<void> {
    return this.meter.dispose()
  }
}
