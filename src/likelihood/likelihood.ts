import { melPresets } from '../audio/mel/mel.js'
import type { Engine } from '../engine/index.js'
import type { HostTensor } from '../flow/parameters.js'
import type { GlowcastConfig } from '../models/config/model-config.js'
import { compileFlowChunk, type FlowChunk } from '../models/glowcast/graphs.js'
import { type GlowcastModel, glowcastModel } from '../models/glowcast/model.js'
import { mean, sumOfSquares } from '../numeric/stats.js'
import { LiveExcitation } from './live-excitation.js'
import { SectionExcitation } from './section-excitation.js'
import { assertFrame, type LatentPart, LikelihoodStream } from './stream.js'
import { bitsPerSample } from './units.js'

export interface Likelihood {
  /** Negative log-likelihood per sample, with the Gaussian constant; the waveform in ± 1. */
  readonly natsPerSample: number
  /** The same of 16-bit integers. */
  readonly bitsPerSample: number
  /** Samples counted: whole mel frames only. */
  readonly samples: number
  /** Nats per sample of each mel frame; their mean is `natsPerSample`. */
  readonly frameNatsPerSample: Float64Array
}

/** The forward pass of a whole recording. */
export interface Latents {
  /** [groups, groupSize] in order of frequency: bin k is centred at (k + ½) · sampleRate / (2 · groupSize) Hz. */
  readonly values: Float32Array
  /** [groups], nats. */
  readonly logDet: Float32Array
  readonly groups: number
  readonly groupSize: number
  readonly groupsPerFrame: number
}

/** Mel frames in one call of the flow, and in one of a live stream: fewer cost more, and are sooner there. */
const defaultChunkFrames = 16
export const liveChunkFrames = 4
/** … and in one of a whole recording, for which nobody waits. */
export const recordingChunkFrames = 64

export interface LikelihoodOptions {
  /** Mel frames in one call of the flow. More are quicker, and wait longer; results differ by rounding. Default 16. */
  readonly chunkFrames?: number
}

/**
 * log p(waveform | its mel, its pitch phase) under a `glowcast` model, exactly, by the change of variables.
 *
 * The coordinates: the waveform in ± 1 at the mel's rate, taken as 16-bit integers (uniform noise of one step is
 * added, by a fixed seed), at the level that it has; docs/explanation/scoring.md says what follows from that.
 */
export class LikelihoodModel {
  private constructor(
    private readonly model: GlowcastModel,
    private readonly chunk: FlowChunk,
    private readonly chunkFrames: number,
  ) {}

  static async create(
    engine: Engine,
    config: GlowcastConfig,
    weights: Record<string, HostTensor>,
    { chunkFrames = defaultChunkFrames }: LikelihoodOptions = {},
  ): Promise<LikelihoodModel> {
    const model = glowcastModel(config)
    const options = { direction: 'density', batch: 1, frames: chunkFrames } as const
    return new LikelihoodModel(model, await compileFlowChunk(engine, model, weights, options), chunkFrames)
  }

  get config(): GlowcastConfig {
    return this.model.config
  }

  /** For a recording that arrives in chunks; `likelihoodOf` adds its parts up. */
  stream(): LikelihoodStream {
    return new LikelihoodStream(
      this.model,
      this.chunk,
      this.chunkFrames,
      (sampleRate) => new SectionExcitation(sampleRate),
    )
  }

  /**
   * For a recording that is listened to: parts come within `liveDelaySamples` of audio. Its pitch phase hears less of
   * the future than that of `stream`, so that the values differ a little; docs/explanation/scoring.md says by how much.
   */
  liveStream(): LikelihoodStream {
    const { groupSize, mel } = this.model.config
    const partSamples = this.chunkFrames * melPresets[mel].hopLength
    return new LikelihoodStream(
      this.model,
      this.chunk,
      this.chunkFrames,
      (sampleRate) => new LiveExcitation(sampleRate, partSamples, groupSize / 2),
    )
  }

  /** @throws GlowcastError INVALID_AUDIO when the waveform is shorter than a mel frame; NON_FINITE */
  async measure(waveform: Float32Array): Promise<Likelihood> {
    return likelihoodOf(await this.latents(waveform), melPresets[this.model.config.mel].hopLength)
  }

  /** @throws GlowcastError as `measure` */
  async latents(waveform: Float32Array): Promise<Latents> {
    assertFrame(waveform.length, melPresets[this.model.config.mel].hopLength)
    const stream = this.stream()
    const parts = [...(await stream.push(waveform)), ...(await stream.flush())]
    return joinLatents(parts, this.model)
  }

  dispose(): Promise<void> {
    return this.chunk.compiled.dispose()
  }
}

export function joinLatents(
  parts: readonly LatentPart[],
  { config, groupsPerFrame }: Pick<GlowcastModel, 'config' | 'groupsPerFrame'>,
): Latents {
  const { groupSize } = config
  const groups = parts.reduce((sum, { logDet }) => sum + logDet.length, 0)
  const values = new Float32Array(groups * groupSize)
  const logDet = new Float32Array(groups)
  let group = 0
  for (const part of parts) {
    values.set(part.latents, group * groupSize)
    logDet.set(part.logDet, group)
    group += part.logDet.length
  }
  return { values, logDet, groups, groupSize, groupsPerFrame }
}

/** Change of variables: log p(x) = Σ log N(z; 0, 1) + log |det ∂z/∂x|, per mel frame and in all. */
export function likelihoodOf(latents: Latents, hopLength: number): Likelihood {
  const { values, logDet, groups, groupSize, groupsPerFrame } = latents
  const frames = groups / groupsPerFrame
  const constant = 0.5 * groupSize * Math.log(2 * Math.PI)
  const frameNats = new Float64Array(frames)
  for (let group = 0; group < groups; group++) {
    const squares = sumOfSquares(values.subarray(group * groupSize, (group + 1) * groupSize))
    const nats = 0.5 * squares + constant - logDet[group]!
    frameNats[Math.floor(group / groupsPerFrame)]! += nats / hopLength
  }
  const natsPerSample = mean(frameNats)
  return {
    natsPerSample,
    bitsPerSample: bitsPerSample(natsPerSample),
    samples: frames * hopLength,
    frameNatsPerSample: frameNats,
  }
}

/**
 * Surprise of each latent in nats: how much less likely it is than a standard normal is on average, ½z² − ½.
 * [groups, groupSize], time by frequency.
 */
export function surpriseMap({ values }: Latents): Float32Array {
  return values.map((z) => 0.5 * z * z - 0.5)
}
