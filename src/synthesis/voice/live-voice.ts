import type { Frames } from '../../audio/buffers/frames.js'
import { SampleWindow } from '../../audio/buffers/sample-window.js'
import { MelAnalyzer, type MelConfig, melPresets } from '../../audio/mel/mel.js'
import type { Refinement } from '../../audio/mel-refinement/chain.js'
import { Resampler } from '../../audio/resample.js'
import type { Engine } from '../../engine/portable.js'
import { invalidArgument } from '../../errors.js'
import type { HostTensor } from '../../flow/parameters.js'
import { mostMelProjections } from '../../models/config/limits.js'
import type { GlowcastConfig } from '../../models/config/model-config.js'
import { type GlowcastModel, glowcastModel } from '../../models/glowcast/model.js'
import { SynthesisBatch } from '../live/batch.js'
import { samplesOf } from '../live/batch-row.js'
import { framesForSamples } from '../live/latency.js'
import { Signal } from '../signal.js'
import { checkVoiceControls, type VoiceControls, VoicePitch } from './controls.js'

export interface LiveVoiceOptions {
  /** Of what comes in and goes out, Hz. */
  readonly sampleRate: number
  /** Passes toward the mel; each delays the sound by 35 ms. Default 0. */
  readonly passes?: number
  /** Whether a `PitchComb` takes hoarseness away; it delays the sound by 23 ms. Default: the model's. */
  readonly comb?: boolean
  /** Mel frames in one call of the flow, 12 ms each. Fewer are sooner there, and cost more. Default 2. */
  readonly chunkFrames?: number
  /** Of the noise. Default 0. */
  readonly seed?: number
}

/** Samples over which the share of the rebuilt voice moves to another. */
const rampSeconds = 0.02

/** Places of a sample in its chunk that latency is looked for in, seconds: those of usual rates repeat within. */
const searchedSeconds = 4

/**
 * A voice that is rebuilt while it speaks: as many samples go out as come in, `latencySamples` later. Pitch and noise may be
 * changed at any time.
 */
export class LiveVoice {
  /** What goes out is so late, at the rate of the voice. */
  readonly latencySamples: number
  private readonly analyzer: MelAnalyzer
  private readonly signal: Signal
  private readonly inward: Resampler
  private readonly outward: Resampler
  private readonly pitch: VoicePitch
  /** What was rebuilt, and what came in, before it goes out. */
  private readonly rebuilt = new SampleWindow()
  private readonly input = new SampleWindow()
  private wet = 1
  private hasEnded = false

  private constructor(
    private readonly batch: SynthesisBatch,
    private readonly mel: MelConfig,
    readonly sampleRate: number,
    { seed, ...refinement }: Refinement & { seed: number },
  ) {
    const { model } = batch
    this.inward = new Resampler(sampleRate, mel.sampleRate)
    this.outward = new Resampler(mel.sampleRate, sampleRate)
    this.analyzer = new MelAnalyzer(mel)
    this.pitch = new VoicePitch(model.config.temperature, mel.sampleRate)
    const options = { seed, melProjections: refinement.passes, comb: refinement.comb }
    this.signal = new Signal(model, batch.carryShapes, options, this.pitch)
    this.latencySamples = this.latencyOf(model, refinement)
    for (const window of [this.rebuilt, this.input]) window.append(new Float32Array(this.latencySamples))
  }

  /** @throws GlowcastError INVALID_ARGUMENT, INVALID_MODEL */
  static async create(
    engine: Engine,
    config: GlowcastConfig,
    weights: Record<string, HostTensor>,
    { sampleRate, passes = 0, comb = config.comb, chunkFrames = 2, seed = 0 }: LiveVoiceOptions,
  ): Promise<LiveVoice> {
    requireWhole('sampleRate', sampleRate, 8000, 384_000)
    requireWhole('chunkFrames', chunkFrames, 1, 64)
    requireWhole('passes', passes, 0, mostMelProjections)
    const model = glowcastModel(config)
    const batch = await SynthesisBatch.create(engine, model, weights, { size: 1, frames: chunkFrames })
    try {
      return new LiveVoice(batch, melPresets[config.mel], sampleRate, { passes, comb, seed })
    } catch (error) {
      await batch.dispose()
      throw error
    }
  }

  get controls(): VoiceControls {
    return this.pitch.controls
  }

  /** Holds for what is pushed from now on. @throws GlowcastError INVALID_ARGUMENT */
  set(changes: Partial<VoiceControls>): void {
    checkVoiceControls(changes)
    this.pitch.controls = { ...this.pitch.controls, ...changes }
  }

  /**
   * One call at a time.
   *
   * @param samples mono, in ± 1
   * @returns as many, `latencySamples` later
   * @throws GlowcastError NON_FINITE; INVALID_ARGUMENT behind the end
   */
  async push(samples: Float32Array): Promise<Float32Array> {
    this.requireGoing()
    const mel = this.analyzer.push(this.inward.push(samples))
    this.input.append(samples)
    this.rebuilt.append(this.outward.push(await this.speak(mel)))
    return this.take(samples.length)
  }

  /** Ends the voice. @returns its last `latencySamples` samples @throws GlowcastError INVALID_ARGUMENT behind the end */
  async flush(): Promise<Float32Array> {
    this.requireGoing()
    this.hasEnded = true
    this.signal.push(this.analyzer.push(this.inward.flush()))
    this.signal.push(this.analyzer.flush())
    this.signal.end()
    const last = [await this.speak(), this.signal.flush()]
    for (const part of last) this.rebuilt.append(this.outward.push(part))
    this.rebuilt.append(this.outward.flush())
    return this.take(this.latencySamples)
  }

  dispose(): Promise<void> {
    return this.batch.dispose()
  }

  private requireGoing(): void {
    if (this.hasEnded) throw invalidArgument('voice', 'one that has ended', 'a new one')
  }

  /** What can be rebuilt by now, at the rate of the mel. */
  private async speak(mel?: Frames): Promise<Float32Array> {
    const { batch, signal } = this
    if (mel !== undefined && mel.frames > 0) signal.push(mel)
    const spoken = new SampleWindow()
    while (!signal.isDone && signal.ready(batch.frames)) {
      const [result] = await batch.run([signal])
      spoken.append(samplesOf(result))
    }
    return spoken.samples
  }

  /** The next samples, rebuilt ones and input mixed. */
  private take(count: number): Float32Array {
    const output = new Float32Array(count)
    const dry = new Float32Array(count)
    this.rebuilt.take(output)
    this.input.take(dry)
    const step = 1 / (rampSeconds * this.sampleRate)
    const { wet: wanted } = this.pitch.controls
    for (let i = 0; i < count; i++) {
      this.wet += Math.min(step, Math.max(-step, wanted - this.wet))
      output[i] = this.wet * output[i]! + (1 - this.wet) * dry[i]!
    }
    return output
  }

  /** The most samples that must have come, beyond those that have gone out, for the next to go out. */
  private latencyOf(model: GlowcastModel, refinement: Refinement): number {
    const { batch, mel, inward, outward, sampleRate } = this
    const chunk = { ...refinement, chunkFrames: batch.frames }
    const neededFor = (count: number) => {
      const frames = framesForSamples(model, outward.inputFor(count), chunk)
      // Of a frame in the middle of its hop, the far half.
      return inward.inputFor((frames - 1) * mel.hopLength + (mel.fftSize + mel.hopLength) / 2)
    }
    let most = 0
    for (let count = 1; count <= searchedSeconds * sampleRate; count++) {
      most = Math.max(most, neededFor(count) - count)
    }
    return most
  }
}

/** @throws GlowcastError INVALID_ARGUMENT */
function requireWhole(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalidArgument(field, `${value}`, `a whole number from ${least} to ${most}`)
}
