import { MelAnalyzer, melPresets } from '../audio/mel/mel.js'
import type { Engine, HostArrays } from '../engine/index.js'
import { invalidAudio } from '../errors.js'
import type { HostTensor } from '../flow/parameters.js'
import type { WaveglowConfig } from '../models/config/model-config.js'
import { compileWaveglowChunk, type WaveglowChunk } from '../models/waveglow/graphs.js'
import { type WaveglowModel, waveglowModel } from '../models/waveglow/model.js'
import { concatFloats } from '../numeric/concat-floats.js'
import { plural } from '../plural.js'
import { dequantised } from './dequantisation.js'
import { type Likelihood, likelihoodOf } from './likelihood.js'
import { assertFiniteLatents } from './stream.js'

/** Mel frames in one call; the first has as many more as the model looks ahead. */
const chunkFrames = 32

/**
 * log p(waveform | its mel) under an imported WaveGlow or SqueezeWave, exactly, by the change of variables. The
 * coordinates are those of `LikelihoodModel`. The reference's loss is the same but for its constant: it leaves out
 * ½ log 2π a sample, and divides by sigma.
 */
export class WaveglowLikelihoodModel {
  private constructor(
    private readonly model: WaveglowModel,
    private readonly chunk: WaveglowChunk,
  ) {}

  static async create(
    engine: Engine,
    config: WaveglowConfig,
    weights: Record<string, HostTensor>,
  ): Promise<WaveglowLikelihoodModel> {
    const model = waveglowModel(config)
    return new WaveglowLikelihoodModel(model, await compileWaveglowChunk(engine, model, weights, 'density'))
  }

  /**
   * These models are trained on mel frames that are centred where they start, ours lie half a hop later: the first and
   * the last half frame are not counted.
   *
   * @param waveform in ± 1 at the mel's rate
   * @throws GlowcastError INVALID_AUDIO when it is shorter than one and a half mel frames; NON_FINITE
   */
  async measure(waveform: Float32Array): Promise<Likelihood> {
    const preset = melPresets[this.model.config.mel]
    const { hopLength } = preset
    const skipped = hopLength / 2
    const frames = Math.floor((waveform.length - skipped) / hopLength)
    if (frames < 1) {
      const expected = `at least ${hopLength + skipped}, one and a half mel frames`
      throw invalidAudio('waveform', plural(waveform.length, 'sample'), expected)
    }
    const analyzer = new MelAnalyzer(preset)
    const mel = concatFloats([analyzer.push(waveform).data, analyzer.flush().data])
    const counted = dequantised(waveform.subarray(skipped, skipped + frames * hopLength), skipped)
    return likelihoodOf(await this.latents(mel.subarray(0, frames * preset.melBands), counted), hopLength)
  }

  /** mel: [frames, melBands], samples: frames * hopLength → [groups, groupSize] and [groups]. */
  private async latents(mel: Float32Array, samples: Float32Array) {
    const { groupsPerFrame, config, delayGroups } = this.model
    const { melBands, hopLength } = melPresets[config.mel]
    const frames = samples.length / hopLength
    const latents: Float32Array[] = []
    const logDets: Float32Array[] = []
    let carry: HostArrays = {}
    const longFirst = chunkFrames + Math.ceil(delayGroups / groupsPerFrame)
    for (let start = 0; start < frames; ) {
      const wanted = start === 0 ? longFirst : chunkFrames
      const end = Math.min(frames, start + wanted)
      const output = await this.chunk.run({
        frames: end - start,
        first: start === 0 ? 1 : 0,
        last: end === frames ? 1 : 0,
        mel: mel.slice(start * melBands, end * melBands),
        groups: samples.slice(start * hopLength, end * hopLength),
        carry,
      })
      assertFiniteLatents(output.groups, output.logDet!, `mel frame ${start}`)
      latents.push(output.groups)
      logDets.push(output.logDet!)
      carry = output.carry
      start = end
    }
    return {
      values: concatFloats(latents),
      logDet: concatFloats(logDets),
      groups: frames * groupsPerFrame,
      groupSize: config.groupSize,
      groupsPerFrame,
    }
  }

  dispose(): Promise<void> {
    return this.chunk.dispose()
  }
}
