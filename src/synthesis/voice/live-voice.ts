import { SampleWindow } from '../../audio/buffers/sample-window.js'
import { highestPitch } from '../../audio/excitation/excitation.js'
import { MelAnalyzer, type MelConfig, melPresets } from '../../audio/mel/mel.js'
import type { Refinement } from '../../audio/mel-refinement/chain.js'
import { Resampler } from '../../audio/resample.js'
import type { Engine } from '../../engine/portable.js'
import { invalidArgument } from '../../errors.js'
import type { HostTensor } from '../../flow/parameters.js'
import { maxMelProjections } from '../../models/config/limits.js'
import type { GlowcastConfig } from '../../models/config/model-config.js'
import { type GlowcastModel, glowcastModel } from '../../models/glowcast/model.js'
import { SynthesisBatch } from '../live/batch.js'
import { framesForSamples } from '../live/latency.js'
import { type Batches, Choir } from './choir.js'
import { checkVoiceControls, type VoiceControls } from './controls.js'
import { Melody } from './melody.js'
import { Score } from './score.js'

export interface LiveVoiceOptions {
  /** Of what comes in and goes out, Hz. */
  readonly sampleRate: number
  /** Passes toward the mel; each delays the sound by 35 ms. Default 0. */
  readonly passes?: number
  /** Whether a `PitchComb` takes hoarseness away; it delays the sound by 23 ms. Default: where the model has a pitch. */
  readonly comb?: boolean
  /** Mel frames in one call of the flow, 12 ms each. Fewer are sooner there, and cost more. Default 2. */
  readonly chunkFrames?: number
  /** Of the noise. Default 0. */
  readonly seed?: number
  /** Notes that sing at once, at most, 1 to 8: one call of the flow makes all of them. Default 1. */
  readonly voices?: number
}

/** Samples over which the share of the rebuilt voice moves to another. */
const rampSeconds = 0.02

/** Places of a sample in its chunk that latency is looked for in, seconds: those of usual rates repeat within. */
const searchedSeconds = 4

/**
 * A voice that is rebuilt while it speaks: as many samples go out as come in, `latencySamples` later. It speaks on its own
 * pitch, or sings the notes that are played, in harmony. Controls may be changed at any time.
 */
export class LiveVoice {
  /** What goes out is so late, at the rate of the voice. */
  readonly latencySamples: number
  private readonly analyzer: MelAnalyzer
  private readonly inward: Resampler
  private readonly outward: Resampler
  private readonly score: Score
  private readonly choir: Choir
  /** What was rebuilt, and what came in, before it goes out. */
  private readonly rebuilt = new SampleWindow()
  private readonly input = new SampleWindow()
  private pushed = 0
  private wet = 1
  private hasEnded = false

  private constructor(
    private readonly batches: Batches,
    private readonly mel: MelConfig,
    readonly sampleRate: number,
    private readonly maxVoices: number,
    options: Refinement & { seed: number },
  ) {
    const [{ model }] = batches
    this.inward = new Resampler(sampleRate, mel.sampleRate)
    this.outward = new Resampler(mel.sampleRate, sampleRate)
    this.analyzer = new MelAnalyzer(mel)
    const controls: VoiceControls = {
      pitchSemitones: 0,
      flatten: 0,
      whisper: false,
      breathiness: model.config.temperature,
      wet: 1,
      voices: maxVoices,
      bendSemitones: 2,
      withoutNote: 'voice',
    }
    this.score = new Score(controls, mel, sampleRate)
    this.choir = new Choir(batches, this.score, new Melody(highestPitch(mel.sampleRate)), options)
    this.latencySamples = this.latencyOf(model, options)
    for (const window of [this.rebuilt, this.input]) window.append(new Float32Array(this.latencySamples))
  }

  /** @throws GlowcastError INVALID_ARGUMENT, INVALID_MODEL */
  static async create(
    engine: Engine,
    config: GlowcastConfig,
    weights: Record<string, HostTensor>,
    {
      sampleRate,
      passes = 0,
      comb = config.excitation,
      chunkFrames = 2,
      seed = 0,
      voices = 1,
    }: LiveVoiceOptions,
  ): Promise<LiveVoice> {
    assertWhole('sampleRate', sampleRate, 8000, 384_000)
    assertWhole('chunkFrames', chunkFrames, 1, 64)
    assertWhole('passes', passes, 0, maxMelProjections)
    assertWhole('voices', voices, 1, 8)
    const model = glowcastModel(config)
    const compile = (size: number) =>
      SynthesisBatch.create(engine, model, weights, { size, frames: chunkFrames })
    const batches: Batches =
      voices === 1 ? [await compile(1)] : await Promise.all([compile(1), compile(voices)])
    try {
      return new LiveVoice(batches, melPresets[config.mel], sampleRate, voices, { passes, comb, seed })
    } catch (error) {
      await disposeOf(batches)
      throw error
    }
  }

  get controls(): VoiceControls {
    return this.score.controls.last
  }

  /** Holds for what is pushed from now on. @throws GlowcastError INVALID_ARGUMENT */
  set(changes: Partial<VoiceControls>): void {
    checkVoiceControls(changes, this.maxVoices)
    this.score.set(this.now, changes)
  }

  /**
   * Plays a key of a MIDI instrument, or its pedal or pitch wheel, for what is pushed from now on. While notes are held they
   * are what is sung, of all channels together.
   *
   * @param bytes of one MIDI message; those that are not for a voice change nothing
   */
  play(bytes: ArrayLike<number> & Iterable<number>): void {
    this.score.play(this.now, bytes)
  }

  /**
   * One call at a time.
   *
   * @param samples mono, in ± 1
   * @returns as many, `latencySamples` later
   * @throws GlowcastError NON_FINITE; INVALID_ARGUMENT behind the end
   */
  async push(samples: Float32Array): Promise<Float32Array> {
    this.assertGoing()
    const mel = this.analyzer.push(this.inward.push(samples))
    this.input.append(samples)
    this.pushed += samples.length
    this.rebuilt.append(this.outward.push(await this.choir.push(mel)))
    return this.take(samples.length)
  }

  /** Ends the voice. @returns its last `latencySamples` samples @throws GlowcastError INVALID_ARGUMENT behind the end */
  async flush(): Promise<Float32Array> {
    this.assertGoing()
    this.hasEnded = true
    for (const mel of [this.analyzer.push(this.inward.flush()), this.analyzer.flush()]) {
      this.rebuilt.append(this.outward.push(await this.choir.push(mel)))
    }
    this.rebuilt.append(this.outward.push(await this.choir.flush()))
    this.rebuilt.append(this.outward.flush())
    return this.take(this.latencySamples)
  }

  dispose(): Promise<void> {
    return disposeOf(this.batches)
  }

  /** From where on a change holds; one before all samples holds for the silence before these, too. */
  private get now(): number {
    return this.pushed === 0 ? Number.NEGATIVE_INFINITY : this.pushed
  }

  private assertGoing(): void {
    if (this.hasEnded) throw invalidArgument('voice', 'one that has ended', 'a new one')
  }

  /** The next samples, rebuilt ones and input mixed. */
  private take(count: number): Float32Array {
    const output = new Float32Array(count)
    const dry = new Float32Array(count)
    this.rebuilt.take(output)
    const first = this.input.end - this.input.length - this.latencySamples
    this.input.take(dry)
    const step = 1 / (rampSeconds * this.sampleRate)
    for (let i = 0; i < count; i++) {
      const { wet: wanted } = this.score.controls.at(first + i)
      this.wet += Math.min(step, Math.max(-step, wanted - this.wet))
      output[i] = this.wet * output[i]! + (1 - this.wet) * dry[i]!
    }
    this.score.forgetBefore(first + count)
    return output
  }

  /** The most samples that must have come, beyond those that have gone out, for the next to go out. */
  private latencyOf(model: GlowcastModel, refinement: Refinement): number {
    const { mel, inward, outward, sampleRate } = this
    const chunk = { ...refinement, chunkFrames: this.batches[0].frames }
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

async function disposeOf(batches: Batches): Promise<void> {
  await Promise.all(batches.map((batch) => batch.dispose()))
}

/** @throws GlowcastError INVALID_ARGUMENT */
function assertWhole(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalidArgument(field, `${value}`, `a whole number from ${least} to ${most}`)
}
