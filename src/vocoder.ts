import type { Frames } from './audio/frames.js'
import { MdctSynthesizer } from './audio/mdct.js'
import { type MelConfig, melPresets } from './audio/mel.js'
import { MelProjection } from './audio/mel-projection.js'
import type { Compiled, Engine } from './engine/index.js'
import { GlowcastError } from './errors.js'
import { type HostTensor, sizeOf } from './flow/parameters.js'
import { samplePrior } from './flow/prior.js'
import { MelWindow } from './mel-window.js'
import type { GlowcastConfig } from './models/config.js'
import { type GlowcastModel, glowcastModel } from './models/glowcast.js'
import { carryKey, compileFlowChunk, compilePitch, type FlowChunk } from './models/glowcast-graphs.js'
import { silentLogMel } from './models/mel-normalization.js'
import { SynthesisPitch } from './synthesis-pitch.js'

export interface SynthesisOptions {
  /** Seed of the noise; the same seed gives the same samples. Default 0. */
  readonly seed?: number
  /** Standard deviation of the noise; default: the model's. */
  readonly temperature?: number
  /** Shift of the pitch. Default 0. */
  readonly pitchSemitones?: number
  /** How many of the model's passes toward the given mel are made; default: all. See `MelProjection`. */
  readonly melProjections?: number
  /** F0 of each mel frame in Hz (0: unvoiced) instead of the network's prediction; unvoiced beyond its end. */
  readonly f0Hz?: ArrayLike<number>
}

/** Offline chunks: long enough that the engine works near its peak, short enough to keep memory small. */
const defaultChunkFrames = 64

/**
 * Mel frames to waveform. One chunk function serves whole files and streams, so both give the same samples
 * (to float tolerance), whatever the chunking.
 */
export class Vocoder {
  readonly mel: MelConfig

  private constructor(
    readonly model: GlowcastModel,
    private readonly chunk: FlowChunk,
    private readonly pitch: Compiled,
    /** Mel frames that one call of the engine turns into audio. */
    readonly chunkFrames: number,
  ) {
    this.mel = melPresets[model.config.mel]
  }

  static async create(
    engine: Engine,
    config: GlowcastConfig,
    weights: Record<string, HostTensor>,
    { chunkFrames = defaultChunkFrames }: { chunkFrames?: number } = {},
  ): Promise<Vocoder> {
    const model = glowcastModel(config)
    const [chunk, pitch] = await Promise.all([
      compileFlowChunk(engine, model, weights, { direction: 'synthesis', batch: 1, frames: chunkFrames }),
      compilePitch(engine, model, weights, { batch: 1, frames: chunkFrames }),
    ])
    return new Vocoder(model, chunk, pitch, chunkFrames)
  }

  /**
   * @param mel log-mel [frames, melBands] in the model's convention
   * @returns frames * hopLength samples
   * @throws GlowcastError INVALID_MEL, INVALID_ARGUMENT
   */
  async synthesize(mel: Frames, options: SynthesisOptions = {}): Promise<Float32Array> {
    const waveform = new Float32Array(mel.frames * this.mel.hopLength)
    let written = 0
    for await (const samples of this.stream([mel], options)) {
      waveform.set(samples, written)
      written += samples.length
    }
    return waveform
  }

  /** Audio as soon as its mel frames and their lookahead are there; frames * hopLength samples in all. */
  async *stream(
    mel: AsyncIterable<Frames> | Iterable<Frames>,
    options: SynthesisOptions = {},
  ): AsyncGenerator<Float32Array> {
    const synthesis = new Synthesis(this.model, this.chunk, this.pitch, this.chunkFrames, options)
    for await (const frames of mel) {
      synthesis.push(frames)
      yield* synthesis.ready()
    }
    synthesis.end()
    yield* synthesis.ready()
  }

  async dispose(): Promise<void> {
    await Promise.all([this.chunk.compiled.dispose(), this.pitch.dispose()])
  }
}

/** One signal under way. */
class Synthesis {
  private readonly mel: MelWindow
  private readonly pitch: SynthesisPitch
  private readonly synthesizer: MdctSynthesizer
  private readonly projections: readonly MelProjection[]
  private readonly feeds: Record<string, Float32Array> = {}
  private readonly seed: number
  private readonly temperature: number
  private frame = 0
  private ended = false
  private finished = false

  constructor(
    private readonly model: GlowcastModel,
    private readonly chunk: FlowChunk,
    pitchNetwork: Compiled,
    private readonly chunkFrames: number,
    options: SynthesisOptions,
  ) {
    const melPreset = melPresets[model.config.mel]
    const { melBands, logFloor } = melPreset
    this.seed = wholeNumber('seed', options.seed ?? 0)
    this.temperature = inRange('temperature', options.temperature ?? model.config.temperature, 0, 2)
    const semitones = inRange('pitchSemitones', options.pitchSemitones ?? 0, -36, 36)
    this.mel = new MelWindow(melBands, logFloor)
    const f0Hz = options.f0Hz === undefined ? undefined : checkedF0(options.f0Hz)
    this.pitch = new SynthesisPitch(model, pitchNetwork, chunkFrames, 2 ** (semitones / 12), f0Hz)
    this.synthesizer = new MdctSynthesizer(model.config.groupSize)
    const strengths = model.config.melProjection
    const passes = options.melProjections ?? strengths.length
    inRange('melProjections', wholeNumber('melProjections', passes), 0, strengths.length)
    this.projections = strengths.slice(0, passes).map((strength) => new MelProjection(melPreset, strength))
    for (const [name, shape] of Object.entries(chunk.compiled.inputShapes)) {
      this.feeds[name] = new Float32Array(sizeOf(shape))
    }
  }

  push(mel: Frames): void {
    this.mel.push(mel)
    const floor = silentLogMel(melPresets[this.model.config.mel].logFloor)
    const kept = { ...mel, data: mel.data.map((value) => Math.max(value, floor)) }
    for (const projection of this.projections) projection.want(kept)
  }

  end(): void {
    this.ended = true
    this.mel.end()
  }

  async *ready(): AsyncGenerator<Float32Array> {
    while (this.canRun()) {
      const samples = await this.run()
      if (samples.length > 0) yield samples
    }
    if (this.ended && !this.finished && this.frame >= this.mel.frames) {
      this.finished = true
      const rest = this.flush()
      if (rest.length > 0) yield rest
    }
  }

  private canRun(): boolean {
    if (this.ended) return this.frame < this.mel.frames
    const end = this.frame + this.chunkFrames
    return this.mel.has(end + this.model.lookahead) && this.pitch.has(end, this.mel)
  }

  private async run(): Promise<Float32Array> {
    const { groupSize } = this.model.config
    const groups = this.chunkFrames * this.model.groupsPerFrame
    const firstGroup = this.frame * this.model.groupsPerFrame
    this.mel.read(this.frame - this.model.lookahead, this.feeds['mel']!)
    const excitation = this.feeds['excitation']
    if (excitation !== undefined) await this.pitch.read(this.chunkFrames, this.mel, excitation)
    this.feeds['coefficients'] = samplePrior(this.seed, firstGroup, groups, groupSize, this.temperature)
    const outputs = await this.chunk.compiled.run(this.feeds)
    for (const name of Object.keys(this.chunk.carryShapes)) {
      this.feeds[carryKey(name)] = outputs[carryKey(name)]!
    }
    const inside = this.ended ? Math.min(this.chunkFrames, this.mel.frames - this.frame) : this.chunkFrames
    const kept = inside * this.model.groupsPerFrame
    this.frame += inside
    this.mel.dropBefore(this.frame - Math.max(this.model.lookahead, this.model.pitchLookahead) - 1)
    const samples = this.synthesizer.push({
      data: outputs['coefficients']!.subarray(0, kept * groupSize),
      frames: kept,
      channels: groupSize,
    })
    return this.projections.reduce((sample, projection) => projection.push(sample), samples)
  }

  private flush(): Float32Array {
    let rest = this.synthesizer.flush()
    for (const projection of this.projections) {
      const pushed = projection.push(rest)
      const flushed = projection.flush()
      rest = new Float32Array(pushed.length + flushed.length)
      rest.set(pushed)
      rest.set(flushed, pushed.length)
    }
    return rest
  }
}

function wholeNumber(field: string, value: number): number {
  if (!Number.isSafeInteger(value)) {
    throw new GlowcastError('INVALID_ARGUMENT', field, `${value}`, 'a whole number')
  }
  return value
}

function inRange(field: string, value: number, least: number, most: number): number {
  if (!(value >= least && value <= most)) {
    throw new GlowcastError('INVALID_ARGUMENT', field, `${value}`, `a number from ${least} to ${most}`)
  }
  return value
}

function checkedF0(f0Hz: ArrayLike<number>): ArrayLike<number> {
  for (let i = 0; i < f0Hz.length; i++) {
    const value = f0Hz[i]!
    if (!(value === 0 || (value >= 20 && value <= 2000))) {
      throw new GlowcastError('INVALID_ARGUMENT', `f0Hz[${i}]`, `${value}`, '0 (unvoiced) or 20 to 2000 Hz')
    }
  }
  return f0Hz
}
