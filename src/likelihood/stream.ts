import { areFinite } from '../audio/buffers/finite.js'
import { SampleWindow } from '../audio/buffers/sample-window.js'
import { MelAnalyzer, melPresets } from '../audio/mel/mel.js'
import { MdctAnalyzer } from '../audio/spectral/mdct.js'
import { invalidAudio, nonFinite } from '../errors.js'
import { sizeOf } from '../flow/parameters.js'
import { carryKey, type FlowChunk } from '../models/glowcast/graphs.js'
import { latentBins } from '../models/glowcast/latent-order.js'
import type { GlowcastModel } from '../models/glowcast/model.js'
import { plural } from '../plural.js'
import { ExcitationGroups } from '../synthesis/excitation-groups.js'
import { MelWindow } from '../synthesis/mel-window.js'
import { dequantised } from './dequantisation.js'
import type { ExcitationPart } from './section-excitation.js'

/** Makes the pulse trains of a recording that arrives in chunks; of whole hops, it gives whole groups. */
export interface ExcitationSource {
  push(chunk: Float32Array): ExcitationPart[]
  flush(): ExcitationPart[]
}

/** What the flow says of some mel frames. */
export interface LatentPart {
  readonly firstFrame: number
  readonly frames: number
  /** [frames * groupsPerFrame, groupSize], in order of frequency: standard normals, if all is as expected. */
  readonly latents: Float32Array
  /** [frames * groupsPerFrame], nats: log |det ∂z/∂x| that each group adds. */
  readonly logDet: Float32Array
}

/**
 * The forward pass of one recording that arrives in chunks. Its latents depend on the samples alone, not on how
 * they were cut. Of the last incomplete mel frame nothing is said.
 */
export class LikelihoodStream {
  private readonly bins: number[]
  private readonly hopLength: number
  private readonly mel: MelAnalyzer
  private readonly melWindow: MelWindow
  private readonly excitation: ExcitationSource | undefined
  private readonly analyzer: MdctAnalyzer
  /** MDCT frames of the signal that wait for their turn, and those of its excitation. */
  private readonly coefficients: SampleWindow
  private readonly spectra: ExcitationGroups
  /** Of each group of `spectra`, and of the last part. */
  private readonly polarities = new SampleWindow()
  private polarity: 1 | -1 = 1
  private readonly feeds: Record<string, Float32Array> = {}
  /** Samples beyond the last whole frame. */
  private readonly rest = new SampleWindow()
  private samples = 0
  private frame = 0

  constructor(
    private readonly model: GlowcastModel,
    private readonly chunk: FlowChunk,
    private readonly chunkFrames: number,
    excitation: (sampleRate: number) => ExcitationSource,
  ) {
    const { config } = model
    const preset = melPresets[config.mel]
    this.bins = latentBins(config)
    this.hopLength = preset.hopLength
    this.mel = new MelAnalyzer(preset)
    this.melWindow = new MelWindow(preset.melBands, preset.logFloor)
    this.excitation = config.excitation ? excitation(preset.sampleRate) : undefined
    this.analyzer = new MdctAnalyzer(config.groupSize)
    this.coefficients = new SampleWindow(config.groupSize)
    this.spectra = new ExcitationGroups(config.groupSize)
    for (const [name, shape] of Object.entries(chunk.compiled.inputShapes)) {
      this.feeds[name] = new Float32Array(sizeOf(shape))
    }
  }

  /**
   * Any number of samples in ± 1 → the parts that they complete.
   *
   * @throws GlowcastError NON_FINITE
   */
  async push(chunk: Float32Array): Promise<LatentPart[]> {
    this.melWindow.push(this.mel.push(chunk))
    this.rest.append(chunk)
    const waveform = new Float32Array(this.rest.length - (this.rest.length % this.hopLength))
    this.rest.take(waveform)
    this.coefficients.append(this.analyzer.push(dequantised(waveform, this.samples)).data)
    this.samples += waveform.length
    for (const part of this.excitation?.push(waveform) ?? []) this.pushExcitation(part)
    return this.run()
  }

  /** Ends the recording: what is left. The stream is then used up. */
  async flush(): Promise<LatentPart[]> {
    // Nothing was pushed, or less than a frame: there is no mel to end.
    if (this.samples === 0) return []
    this.melWindow.push(this.mel.flush())
    this.melWindow.end()
    for (const part of this.excitation?.flush() ?? []) this.pushExcitation(part)
    this.coefficients.append(this.analyzer.flush().data)
    this.spectra.flush()
    this.fillPolarities()
    return this.run()
  }

  private pushExcitation(part: ExcitationPart): void {
    this.spectra.push(part)
    this.polarity = part.polarity
    this.fillPolarities()
  }

  private fillPolarities(): void {
    this.polarities.extend(this.spectra.groups - this.polarities.length).fill(this.polarity)
  }

  private async run(): Promise<LatentPart[]> {
    const { groupsPerFrame, lookahead } = this.model
    const wanted = this.chunkFrames * groupsPerFrame
    const parts: LatentPart[] = []
    for (;;) {
      const ready = Math.min(
        this.coefficients.length,
        this.excitation === undefined ? Number.POSITIVE_INFINITY : this.spectra.groups,
        wanted,
      )
      const ended = this.melWindow.hasEnded
      if (ready === 0 || (ready < wanted && !ended)) return parts
      if (!this.melWindow.has(this.frame + this.chunkFrames + lookahead)) return parts
      parts.push(await this.runChunk(ready / groupsPerFrame))
    }
  }

  private async runChunk(frames: number): Promise<LatentPart> {
    const { feeds, model } = this
    const { groupSize } = model.config
    this.melWindow.read(this.frame - model.lookahead, feeds['mel']!)
    this.coefficients.take(feeds['coefficients']!)
    if (this.excitation !== undefined) {
      this.spectra.take(feeds['excitation']!)
      this.turnUpright(feeds['coefficients']!)
    }
    const outputs = await this.chunk.compiled.run(feeds)
    for (const name of Object.keys(this.chunk.carryShapes)) {
      feeds[carryKey(name)] = outputs[carryKey(name)]!
    }
    const firstFrame = this.frame
    assertFiniteLatents(outputs['coefficients']!, outputs['logDet']!, `mel frame ${firstFrame}`)
    this.frame += frames
    this.melWindow.dropBefore(this.frame - model.lookahead)
    const used = frames * model.groupsPerFrame
    const latents = inOrder(outputs['coefficients']!.subarray(0, used * groupSize), this.bins)
    return { firstFrame, frames, latents, logDet: outputs['logDet']!.slice(0, used) }
  }

  /**
   * The flow knows recordings of one polarity, as the phase of harmonics means nothing otherwise. That of a group turns
   * with its coefficients: the waveform itself would jump where the vote changes.
   */
  private turnUpright(coefficients: Float32Array): void {
    const { groupSize } = this.model.config
    const polarities = new Float32Array(coefficients.length / groupSize)
    this.polarities.take(polarities)
    for (let i = 0; i < coefficients.length; i++) coefficients[i]! *= polarities[Math.floor(i / groupSize)]!
  }
}

function inOrder(latents: Float32Array, bins: readonly number[]): Float32Array {
  const size = bins.length
  const ordered = new Float32Array(latents.length)
  for (let row = 0; row < latents.length; row += size) {
    for (let channel = 0; channel < size; channel++) ordered[row + bins[channel]!] = latents[row + channel]!
  }
  return ordered
}

/** A score of what is no number would be none. @throws GlowcastError NON_FINITE */
export function assertFiniteLatents(values: Float32Array, logDet: Float32Array, field: string): void {
  if (areFinite(values) && areFinite(logDet)) return
  throw nonFinite(field, 'latents that are not finite', 'samples that the model takes')
}

/** @throws GlowcastError INVALID_AUDIO when a recording is shorter than a mel frame */
export function assertFrame(samples: number, hopLength: number): void {
  if (samples >= hopLength) return
  throw invalidAudio('waveform', plural(samples, 'sample'), `at least ${hopLength}, a mel frame`)
}
