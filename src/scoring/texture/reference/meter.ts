import { melPresets } from '../../../audio/mel/mel.js'
import type { Engine } from '../../../engine/index.js'
import {
  type Latents,
  LikelihoodModel,
  type LikelihoodOptions,
  likelihoodOf,
} from '../../../likelihood/likelihood.js'
import { densityHash } from '../../../likelihood/model-hash.js'
import type { GlowcastConfig } from '../../../models/config/model-config.js'
import type { LoadedWeights } from '../../../models/load-model.js'
import { withMirroredEnds } from '../../recording/mirrored-ends.js'
import type { HeardSegment } from '../../recording/recording.js'
import { measureSound, type SoundEvents, type SoundMeasures } from '../features/sound-measures.js'
import { type TextureStatistics, textureStatistics } from '../features/statistics.js'

/** All that a score needs to know of a segment of a recording. */
export interface TextureMeasurement {
  /** Where what was measured begins in the recording. */
  readonly startSeconds: number
  readonly seconds: number
  /** Of a mel frame. */
  readonly frameSeconds: number
  readonly natsPerSample: number
  readonly statistics: TextureStatistics
  readonly sound: SoundMeasures
  /** From the beginning of what was measured. */
  readonly events: SoundEvents
}

/** Measures recordings under one model. */
export class RecordingMeter {
  readonly sampleRate: number
  readonly hopLength: number
  readonly groupSize: number
  readonly groupsPerFrame: number

  private constructor(
    readonly likelihood: LikelihoodModel,
    /** See `densityHash`. */
    readonly density: string,
  ) {
    const { sampleRate, hopLength } = melPresets[likelihood.config.mel]
    this.sampleRate = sampleRate
    this.hopLength = hopLength
    this.groupSize = likelihood.config.groupSize
    this.groupsPerFrame = hopLength / this.groupSize
  }

  /** @param options see `LikelihoodOptions`: whole recordings are quickest in chunks of some 64 frames */
  static async create(
    engine: Engine,
    model: LoadedWeights<GlowcastConfig>,
    options: LikelihoodOptions = {},
  ): Promise<RecordingMeter> {
    const { config, weights } = model
    return new RecordingMeter(
      await LikelihoodModel.create(engine, config, weights, options),
      await densityHash(config, weights),
    )
  }

  /**
   * @param segment mono, at `sampleRate`, without DC
   * @returns latents of what is scored
   * @throws GlowcastError INVALID_AUDIO, NON_FINITE
   */
  async measure(segment: HeardSegment): Promise<{ measurement: TextureMeasurement; latents: Latents }> {
    const heard = withMirroredEnds(segment, this.hopLength)
    return this.scoredPartOf(heard, await this.likelihood.latents(heard.samples))
  }

  /** As `measure`, with the latents of all that is heard. */
  scoredPartOf(
    { samples, startSeconds, margins: { lead, behind } }: HeardSegment,
    heard: Latents,
  ): { measurement: TextureMeasurement; latents: Latents } {
    const first = Math.round(lead / this.hopLength)
    const end = samples.length - behind
    const latents = framesOf(heard, first, Math.ceil(end / this.hopLength))
    // Latents come in whole frames: the first begins up to half a frame before or behind what is scored.
    const measuredFrom = startSeconds + (first * this.hopLength - lead) / this.sampleRate
    const waveform = samples.subarray(first * this.hopLength, end)
    return { measurement: this.measurementOf(waveform, latents, measuredFrom), latents }
  }

  /** @param startSeconds in the recording */
  private measurementOf(segment: Float32Array, latents: Latents, startSeconds: number): TextureMeasurement {
    const { sound, events } = measureSound(segment, this.sampleRate)
    return {
      startSeconds,
      seconds: segment.length / this.sampleRate,
      frameSeconds: this.hopLength / this.sampleRate,
      natsPerSample: likelihoodOf(latents, this.hopLength).natsPerSample,
      statistics: textureStatistics(segment, latents, sound),
      sound,
      events,
    }
  }

  dispose(): Promise<void> {
    return this.likelihood.dispose()
  }
}

/** Mel frames [first, end) of a recording's latents. */
function framesOf(latents: Latents, first: number, end: number): Latents {
  const { values, logDet, groupSize, groupsPerFrame } = latents
  const [from, to] = [first * groupsPerFrame, Math.min(end * groupsPerFrame, latents.groups)]
  return {
    ...latents,
    values: values.subarray(from * groupSize, to * groupSize),
    logDet: logDet.subarray(from, to),
    groups: to - from,
  }
}
