import { excitationFromPhase } from '../audio/excitation.js'
import type { Frames } from '../audio/frames.js'
import { mdct } from '../audio/mdct.js'
import { logMel, melPresets } from '../audio/mel.js'
import { trackPitch } from '../audio/pitch.js'
import { trackPitchPhase } from '../audio/pitch-phase.js'
import type { Engine } from '../engine/index.js'
import { GlowcastError } from '../errors.js'
import { type HostTensor, sizeOf } from '../flow/parameters.js'
import { RandomStream } from '../flow/random.js'
import type { GlowcastConfig } from '../models/config.js'
import { type GlowcastModel, glowcastModel } from '../models/glowcast.js'
import { carryKey, compileFlowChunk, type FlowChunk } from '../models/glowcast-graphs.js'
import { MelWindow } from '../synthesis/mel-window.js'
import { bitsPerSample } from '../units.js'

export interface Likelihood {
  /** Negative log-likelihood per sample, with the Gaussian constant; the waveform in ± 1. */
  readonly natsPerSample: number
  /** The same of 16-bit integers. */
  readonly bitsPerSample: number
  /** Samples counted: whole chunks only. */
  readonly samples: number
}

/** Mel frames in one call: short, since the end of a file is left out up to a whole chunk. */
const chunkFrames = 16

/** Stream of the generator that dequantisation draws from. */
const dequantisationStream = 0x30000000

/**
 * log p(waveform | its mel, its pitch phase) under a `glowcast` model, exactly, by the change of variables.
 *
 * The waveform is taken as 16-bit integers: uniform noise of one step is added, by a fixed seed.
 */
export class LikelihoodModel {
  private constructor(
    private readonly model: GlowcastModel,
    private readonly chunk: FlowChunk,
  ) {}

  static async create(
    engine: Engine,
    config: GlowcastConfig,
    weights: Record<string, HostTensor>,
  ): Promise<LikelihoodModel> {
    const model = glowcastModel(config)
    const options = { direction: 'density', batch: 1, frames: chunkFrames } as const
    return new LikelihoodModel(model, await compileFlowChunk(engine, model, weights, options))
  }

  /** @throws GlowcastError INVALID_AUDIO when the waveform is shorter than a chunk (16 mel frames) */
  async measure(waveform: Float32Array): Promise<Likelihood> {
    const { sampleRate, hopLength, melBands, logFloor } = melPresets[this.model.config.mel]
    const chunks = Math.floor(waveform.length / (chunkFrames * hopLength))
    const samples = chunks * chunkFrames * hopLength
    if (chunks === 0) {
      const least = `at least ${chunkFrames * hopLength}`
      throw new GlowcastError('INVALID_AUDIO', 'waveform', `${waveform.length} samples`, least)
    }
    const mel = new MelWindow(melBands, logFloor)
    mel.push(logMel(waveform, melPresets[this.model.config.mel]))
    mel.end()
    const coefficients = mdct(dequantised(waveform.subarray(0, samples)), this.model.config.groupSize)
    const excitation = this.excitation(waveform, sampleRate, samples)

    const feeds: Record<string, Float32Array> = {}
    for (const [name, shape] of Object.entries(this.chunk.compiled.inputShapes)) {
      feeds[name] = new Float32Array(sizeOf(shape))
    }
    const size = feeds['coefficients']!.length
    let logLikelihood = 0
    for (let chunk = 0; chunk < chunks; chunk++) {
      mel.read(chunk * chunkFrames - this.model.lookahead, feeds['mel']!)
      feeds['coefficients'] = coefficients.data.subarray(chunk * size, (chunk + 1) * size)
      if (excitation !== undefined) {
        feeds['excitation'] = excitation.subarray(2 * chunk * size, 2 * (chunk + 1) * size)
      }
      const outputs = await this.chunk.compiled.run(feeds)
      for (const name of Object.keys(this.chunk.carryShapes)) {
        feeds[carryKey(name)] = outputs[carryKey(name)]!
      }
      logLikelihood += outputs['logDet']![0]! + standardNormal(outputs['coefficients']!)
    }
    const natsPerSample = -logLikelihood / samples
    return { natsPerSample, bitsPerSample: bitsPerSample(natsPerSample), samples }
  }

  dispose(): Promise<void> {
    return this.chunk.compiled.dispose()
  }

  private excitation(waveform: Float32Array, sampleRate: number, samples: number): Float32Array | undefined {
    const { groupSize, excitation } = this.model.config
    if (!excitation) return undefined
    const pitch = trackPitch(waveform, sampleRate)
    const { phaseCycles } = trackPitchPhase(waveform, sampleRate, pitch)
    const trains = excitationFromPhase(phaseCycles.subarray(0, samples))
    return interleaved(mdct(trains.cosine, groupSize), mdct(trains.sine, groupSize))
  }
}

function dequantised(waveform: Float32Array): Float32Array {
  const random = new RandomStream(0, dequantisationStream)
  return waveform.map((value) => value + (random.uniform() - 0.5) / 32768)
}

function interleaved(cosine: Frames, sine: Frames): Float32Array {
  const { frames, channels } = cosine
  const result = new Float32Array(2 * frames * channels)
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * channels
    result.set(cosine.data.subarray(row, row + channels), 2 * row)
    result.set(sine.data.subarray(row, row + channels), 2 * row + channels)
  }
  return result
}

/** Sum of log N(z; 0, 1) in nats. */
function standardNormal(z: Float32Array): number {
  let squares = 0
  for (const value of z) squares += value * value
  return -0.5 * (squares + z.length * Math.log(2 * Math.PI))
}
