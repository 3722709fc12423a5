import { areFinite } from '../audio/buffers/finite.js'
import type { Frames } from '../audio/buffers/frames.js'
import { type MelConfig, melPresets } from '../audio/mel/mel.js'
import { highestLogMel } from '../audio/mel/scale-check.js'
import { sharpenMel } from '../audio/mel/sharpen.js'
import { MelProjectionChain } from '../audio/mel-refinement/chain.js'
import { MdctSynthesizer } from '../audio/spectral/mdct.js'
import { type GlowcastError, invalidMel } from '../errors.js'
import { type Shape, sizeOf } from '../flow/parameters.js'
import { silentLogMel } from '../models/glowcast/mel-normalization.js'
import type { GlowcastModel } from '../models/glowcast/model.js'
import { octavesToHz } from '../models/glowcast/pitch-network.js'
import { ExcitationTrack } from './excitation-track.js'
import { f0Agreement } from './f0-agreement.js'
import { MelWindow } from './mel-window.js'
import { type CheckedOptions, checkSynthesisOptions, type SynthesisOptions } from './options.js'
import { samplePrior } from './sample-prior.js'

/** What may change while a signal is under way; frames are those of the mel. */
export interface LiveControls {
  /** Standard deviation of the noise of a chunk that begins with this frame. */
  temperatureAt(frame: number): number
  /** Whether the F0 is that of the mel: the passes then follow the mel in all its detail. */
  keepsF0At(frame: number): boolean
  /** F0 to speak with in place of a frame's own, Hz; 0: unvoiced. Called for each frame in order. */
  f0At(frame: number, hz: number): number
}

/**
 * One signal under way from mel frames to samples: everything but the networks. A `SynthesisBatch` runs these for
 * several signals at once, in chunks of any number of frames: the samples are the same.
 */
export class Signal {
  /** State of the flow's causal layers, by name. */
  readonly carry: Record<string, Float32Array>
  private readonly preset: MelConfig
  private readonly options: CheckedOptions
  private readonly mel: MelWindow
  private readonly excitation: ExcitationTrack | undefined
  private readonly synthesizer: MdctSynthesizer
  private readonly projections: MelProjectionChain
  /** Frames that were over when the signal began, and the first of these that it knows. */
  private begun = 0
  private origin = 0
  /** Frames that the flow has made, and frames whose F0 is known, the `begun` ones included. */
  private made = 0
  private pitched = 0
  private flushed = false

  /**
   * @param carryShapes of a batch of one
   * @param live asked for every chunk, in place of what the options say of temperature and pitch
   * @throws GlowcastError INVALID_ARGUMENT
   */
  constructor(
    private readonly model: GlowcastModel,
    carryShapes: Readonly<Record<string, Shape>>,
    options: SynthesisOptions,
    private readonly live?: LiveControls,
  ) {
    this.preset = melPresets[model.config.mel]
    this.options = checkSynthesisOptions(options, model.config)
    this.mel = new MelWindow(this.preset.melBands, this.preset.logFloor)
    this.excitation = model.config.excitation
      ? new ExcitationTrack(model.config.groupSize, this.preset)
      : undefined
    this.synthesizer = new MdctSynthesizer(model.config.groupSize)
    this.projections = new MelProjectionChain(this.preset, {
      passes: this.options.melProjections,
      comb: this.options.comb,
      momentum: model.config.melProjection.momentum,
    })
    this.carry = Object.fromEntries(
      Object.entries(carryShapes).map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]),
    )
  }

  /** @throws GlowcastError INVALID_MEL */
  check(mel: Frames): void {
    this.mel.check(mel)
  }

  /**
   * Begins in the middle, before the first `push`: what came before is known to the networks, and not made.
   *
   * @param past the frames before `frame`
   * @throws GlowcastError INVALID_MEL
   */
  beginAt(frame: number, past: Frames): void {
    this.mel.push(this.used(past))
    this.begun = past.frames
    this.made = past.frames
    this.pitched = past.frames
    this.origin = frame - past.frames
  }

  /** @throws GlowcastError INVALID_MEL; the signal is then as before */
  push(mel: Frames): void {
    const used = this.used(mel)
    this.mel.push(used)
    this.projections.want(used)
  }

  /** @throws GlowcastError INVALID_MEL */
  private used(mel: Frames): Frames {
    this.mel.check(mel)
    const floor = silentLogMel(this.preset.logFloor)
    const floored = { ...mel, data: mel.data.map((value) => Math.max(value, floor)) }
    const { sharpen } = this.options
    return sharpen === 0 ? floored : sharpenMel(floored, sharpen, { least: floor, most: highestLogMel })
  }

  /** No more mel frames will come. */
  end(): void {
    this.mel.end()
  }

  /** Whether a chunk of `frames` mel frames can be run now. */
  ready(frames: number): boolean {
    if (this.mel.hasEnded) return this.made < this.mel.frames
    const end = this.made + frames
    if (!this.mel.has(end + this.model.lookahead)) return false
    if (!this.usesPitchNetwork) return true
    let pitched = this.pitched
    while (pitched < end + 1) pitched += this.freshFrames(pitched, frames)
    return this.mel.has(pitched + this.model.pitchLookahead)
  }

  /** Mel frames that a chunk of so many makes now: fewer at the end of the mel, 0 while it cannot be run. */
  framesWithin(chunk: number): number {
    if (!this.ready(chunk)) return 0
    return this.mel.hasEnded ? Math.min(chunk, this.mel.frames - this.made) : chunk
  }

  /** Whether all audio but what `flush` gives has been made. */
  get isDone(): boolean {
    return this.mel.hasEnded && this.made >= this.mel.frames
  }

  /** Whether the pitch network must run before the next chunk; F0 that the caller gave is taken at once. */
  pitchIsDue(frames: number): boolean {
    const track = this.excitation
    if (track === undefined) return false
    while (track.groups < frames * this.model.groupsPerFrame && !track.hasEnded) {
      if (this.mel.hasEnded && this.pitched >= this.mel.frames) track.end()
      else if (this.usesPitchNetwork) return true
      else this.takePitch(frames, this.givenF0())
    }
    return false
  }

  /** Writes the pitch network's input, [frames + 2 * pitchLookahead, melBands]. */
  writePitchInput(frames: number, mel: Float32Array): void {
    const start = this.pitched + this.freshFrames(this.pitched, frames) - frames
    this.mel.read(start - this.model.pitchLookahead, mel)
  }

  /**
   * Takes the pitch network's output for the frames that it was asked for.
   *
   * @throws GlowcastError INVALID_MEL when it is not finite
   */
  takePitchOutput(frames: number, voicingLogit: Float32Array, octaves: Float32Array): void {
    if (!areFinite(voicingLogit) || !areFinite(octaves)) throw unusableMel(this.pitched, frames, 'pitches')
    const first = frames - this.freshFrames(this.pitched, frames)
    const ofMel = (i: number) => (voicingLogit[first + i]! > 0 ? octavesToHz(octaves[first + i]!) : 0)
    if (this.options.f0Hz === undefined) this.takePitch(frames, ofMel)
    else {
      const given = this.givenF0()
      this.takePitch(frames, given, (i) => f0Agreement(given(i), ofMel(i)))
    }
  }

  /** Writes the flow's inputs: normalised mel, excitation when there is one, and noise. */
  writeFlowInput(
    frames: number,
    target: { mel: Float32Array; excitation?: Float32Array; coefficients: Float32Array },
  ): void {
    const { groupSize } = this.model.config
    const { groupsPerFrame, lookahead } = this.model
    this.mel.read(this.made - lookahead, target.mel)
    if (target.excitation !== undefined) this.excitation?.take(target.excitation)
    const { seed } = this.options
    const temperature = this.live?.temperatureAt(this.origin + this.made) ?? this.options.temperature
    const groups = frames * groupsPerFrame
    target.coefficients.set(samplePrior(seed, this.made * groupsPerFrame, groups, groupSize, temperature))
  }

  /**
   * Takes the flow's output, [frames * groupsPerFrame, groupSize]; returns the samples that it completes.
   *
   * @throws GlowcastError INVALID_MEL when it, or what the passes toward the mel make of it, is not finite
   */
  takeFlowOutput(frames: number, coefficients: Float32Array): Float32Array {
    if (!areFinite(coefficients)) throw unusableMel(this.made, frames, 'samples')
    const { groupSize } = this.model.config
    const inside = this.mel.hasEnded ? Math.min(frames, this.mel.frames - this.made) : frames
    const groups = inside * this.model.groupsPerFrame
    this.made += inside
    this.mel.dropBefore(this.made - Math.max(this.model.lookahead, this.model.pitchLookahead) - frames)
    const samples = this.finished(
      this.synthesizer.push({
        data: coefficients.subarray(0, groups * groupSize),
        frames: groups,
        channels: groupSize,
      }),
    )
    return this.finished(this.projections.push(samples))
  }

  /**
   * The samples that were held back, once; nothing before the signal is done.
   *
   * @throws GlowcastError INVALID_MEL when they are not finite
   */
  flush(): Float32Array {
    if (!this.isDone || this.flushed) return new Float32Array(0)
    this.flushed = true
    return this.finished(this.projections.flush(this.finished(this.synthesizer.flush())))
  }

  private finished(samples: Float32Array): Float32Array {
    if (!areFinite(samples)) throw unusableMel(this.made, 0, 'samples')
    return samples
  }

  private keepsF0At(index: number): boolean {
    return this.live?.keepsF0At(this.frameAt(index)) ?? this.options.melDetail !== 'nowhere'
  }

  /** By the index from the first frame whose F0 is not known yet. */
  private frameAt(index: number): number {
    return this.origin + this.pitched + index
  }

  /**
   * The excitation of frame t needs the F0 of frame t + 1, so that F0 runs one frame ahead: the first run of the
   * network is for one frame alone.
   */
  private freshFrames(pitched: number, frames: number): number {
    return pitched === this.begun ? 1 : frames
  }

  /** Predicted F0, or that which a given one is compared with. */
  private get usesPitchNetwork(): boolean {
    if (this.excitation === undefined) return false
    return this.options.f0Hz === undefined || this.options.melDetail === 'where-f0-agrees'
  }

  /** By the index from the first frame whose F0 is not known yet. */
  private givenF0(): (index: number) => number {
    const { f0Hz } = this.options
    const start = this.pitched
    return (index) => f0Hz?.[start + index] ?? 0
  }

  /** @param detail share of the mel's detail that the passes follow */
  private takePitch(
    frames: number,
    f0Hz: (index: number) => number,
    detail: (index: number) => number = (index) => (this.keepsF0At(index) ? 1 : 0),
  ): void {
    const fresh = this.freshFrames(this.pitched, frames)
    const inside = this.mel.hasEnded ? Math.min(fresh, this.mel.frames - this.pitched) : fresh
    const spoken = (hz: number, index: number) =>
      this.live?.f0At(this.frameAt(index), hz) ?? this.options.pitchFactor * hz
    const spokenHz = Float32Array.from({ length: inside }, (_, i) => spoken(f0Hz(i), i))
    this.excitation?.push(spokenHz)
    this.projections.follow(spokenHz)
    this.projections.allowDetail(Float32Array.from({ length: inside }, (_, i) => detail(i)))
    this.pitched += fresh
  }
}

/** Of frames whose mel the networks, or the passes, cannot follow. @param what they make of it */
export function unusableMel(first: number, frames: number, what: string): GlowcastError {
  const field = `mel frames ${first} to ${first + Math.max(0, frames - 1)}`
  return invalidMel(field, `${what} that are not finite`, 'a mel that the model can follow')
}
