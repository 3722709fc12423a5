import { assertAudioSamples } from '../../audio/buffers/finite.js'
import { SampleWindow } from '../../audio/buffers/sample-window.js'
import { melPresets } from '../../audio/mel/mel.js'
import { Resampler } from '../../audio/resample.js'
import { joinLatents, type LikelihoodModel, likelihoodOf } from '../../likelihood/likelihood.js'
import type { LatentPart, LikelihoodStream } from '../../likelihood/stream.js'
import { decibels, meanSquare, sumOfSquares } from '../../numeric/stats.js'
import { DcRemover } from '../recording/dc-remover.js'
import { meanSurprise } from './features/latent-statistics.js'

/** Values of successive mel frames, one of each a frame. */
export interface FrameMap {
  /** Index in the stream of the first. */
  readonly frame: number
  /** Mean of ½z² − ½ over the frame's latents, nats: 0 as expected, above it less likely. */
  readonly surprise: number[]
  /** The same in `surpriseBands` bands of equal width, [frames * surpriseBands], from 0 Hz up. */
  readonly bandSurprise: number[]
  /** Negative log-likelihood. */
  readonly natsPerSample: number[]
  /** Root mean square without DC, dB full scale, not below −120. */
  readonly levelDb: number[]
}

/** Bands in which the surprise of a frame is told: some 1.4 kHz each at 22,050 Hz. */
export const surpriseBands = 8

const floorDb = -120

/**
 * The map of surprise of a recording while it arrives, at any rate and in bounded memory. The values depend on the
 * samples alone, not on how they were cut.
 */
export class LiveScorer {
  private readonly resampler: Resampler
  private readonly dc: DcRemover
  private readonly stream: LikelihoodStream
  private readonly window = new SampleWindow()
  private readonly hopLength: number
  private samples = 0

  /** @param model with few frames a call @throws GlowcastError INVALID_ARGUMENT for a rate that is no whole number */
  constructor(
    private readonly model: LikelihoodModel,
    private readonly sampleRate: number,
  ) {
    const preset = melPresets[model.config.mel]
    this.hopLength = preset.hopLength
    this.resampler = new Resampler(sampleRate, preset.sampleRate)
    this.dc = new DcRemover(preset.sampleRate)
    this.stream = model.liveStream()
  }

  /** @param samples in ± 1 @returns the frames that they complete, in order @throws GlowcastError NON_FINITE, INVALID_AUDIO */
  async push(samples: Float32Array): Promise<FrameMap[]> {
    assertAudioSamples([samples], this.samples, 'samples')
    this.samples += samples.length
    return this.take(this.resampler.push(samples))
  }

  /** Ends the recording: the frames that are left. The scorer is then used up. */
  async flush(): Promise<FrameMap[]> {
    const last = await this.take(this.resampler.flush())
    const parts = await this.stream.flush()
    return [...last, ...parts.map((part) => this.mapOf(part))]
  }

  /** Audio at the stream's own rate, seconds, that gives so many samples at the model's. */
  secondsOf(modelSamples: number): number {
    return this.resampler.inputFor(modelSamples) / this.sampleRate
  }

  private async take(samples: Float32Array): Promise<FrameMap[]> {
    const waveform = this.dc.remove(samples)
    this.window.append(waveform)
    const parts = await this.stream.push(waveform)
    return parts.map((part) => this.mapOf(part))
  }

  private mapOf(part: LatentPart): FrameMap {
    const { groupSize } = this.model.config
    const groupsPerFrame = this.hopLength / groupSize
    const latents = joinLatents([part], { config: this.model.config, groupsPerFrame })
    const frameLength = groupsPerFrame * groupSize
    const samples = new Float32Array(this.hopLength)
    const surprise: number[] = []
    const bandSurprise: number[] = []
    const levelDb: number[] = []
    for (let t = 0; t < part.frames; t++) {
      const values = latents.values.subarray(t * frameLength, (t + 1) * frameLength)
      surprise.push(meanSurprise(sumOfSquares(values), values.length))
      bandSurprise.push(...surpriseByBand(values, groupSize))
      this.window.read((part.firstFrame + t) * this.hopLength, samples)
      levelDb.push(Math.max(floorDb, decibels(meanSquare(samples))))
    }
    this.window.forgetBefore((part.firstFrame + part.frames) * this.hopLength)
    const { frameNatsPerSample } = likelihoodOf(latents, this.hopLength)
    return { frame: part.firstFrame, surprise, bandSurprise, natsPerSample: [...frameNatsPerSample], levelDb }
  }
}

/** @param values [groups, groupSize], in order of frequency */
function surpriseByBand(values: Float32Array, groupSize: number): number[] {
  const squares = new Float64Array(surpriseBands)
  for (let i = 0; i < values.length; i++) {
    squares[Math.floor(((i % groupSize) * surpriseBands) / groupSize)]! += values[i]! ** 2
  }
  return Array.from(squares, (sum) => meanSurprise(sum, values.length / surpriseBands))
}

/** Samples in which `firstFrameSamples` is measured. */
const delayStep = 10

/**
 * Samples at the model's rate that must follow the first one of a frame before its score comes, at the most: of the first
 * frame of a call, the others come with it. What is pushed makes no difference, so that silence tells it.
 */
export async function firstFrameSamples(model: LikelihoodModel): Promise<number> {
  const scorer = new LiveScorer(model, melPresets[model.config.mel].sampleRate)
  const step = new Float32Array(delayStep)
  for (let samples = step.length; ; samples += step.length) {
    if ((await scorer.push(step)).length > 0) return samples
  }
}

/** `firstFrameSamples` of a recording at any rate, seconds. */
export async function liveDelaySeconds(model: LikelihoodModel, sampleRate: number): Promise<number> {
  return new LiveScorer(model, sampleRate).secondsOf(await firstFrameSamples(model))
}
