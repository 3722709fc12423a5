import { melPresets } from '../audio/mel.js'
import type { Engine } from '../engine/index.js'
import type { GlowcastConfig } from '../models/config.js'
import type { LoadedWeights } from '../models/load-model.js'
import { densityHash } from './density-hash.js'
import { type Latents, LikelihoodModel, type LikelihoodOptions, likelihoodOf } from './likelihood.js'
import type { HeardStretch } from './recording.js'
import { findPlaces, measureSound, type SoundMeasures, type SoundPlaces } from './sound-measures.js'
import { type TextureStatistics, textureStatistics } from './texture-statistics.js'

/** All that a score needs to know of a stretch of a recording. */
export interface StretchMeasurement {
  readonly seconds: number
  /** Of a mel frame. */
  readonly frameSeconds: number
  readonly natsPerSample: number
  readonly statistics: TextureStatistics
  readonly sound: SoundMeasures
  /** From the beginning of what was measured. */
  readonly places: SoundPlaces
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
      densityHash(config, weights),
    )
  }

  /**
   * @param stretch mono, at `sampleRate`, without DC
   * @returns also where what was measured begins, whole frames, from the beginning of what is scored
   * @throws GlowcastError INVALID_AUDIO, NON_FINITE
   */
  async measure({
    samples,
    margins,
  }: HeardStretch): Promise<{ measurement: StretchMeasurement; latents: Latents; offsetSeconds: number }> {
    const heard = await this.likelihood.latents(samples)
    const { lead, behind } = margins
    if (lead === 0 && behind === 0) {
      return { measurement: this.measurementOf(samples, heard), latents: heard, offsetSeconds: 0 }
    }
    const first = Math.round(lead / this.hopLength)
    const end = Math.floor((samples.length - behind) / this.hopLength)
    const waveform = samples.subarray(first * this.hopLength, end * this.hopLength)
    const latents = framesOf(heard, first, end)
    const offsetSeconds = (first * this.hopLength - lead) / this.sampleRate
    return { measurement: this.measurementOf(waveform, latents), latents, offsetSeconds }
  }

  measurementOf(stretch: Float32Array, latents: Latents): StretchMeasurement {
    const places = findPlaces(stretch, this.sampleRate)
    const sound = measureSound(stretch, this.sampleRate, places)
    return {
      seconds: stretch.length / this.sampleRate,
      frameSeconds: this.hopLength / this.sampleRate,
      natsPerSample: likelihoodOf(latents, this.hopLength).natsPerSample,
      statistics: textureStatistics(latents, sound),
      sound,
      places,
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
