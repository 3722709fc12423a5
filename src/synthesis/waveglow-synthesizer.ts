import { melPresets } from '../audio/mel/mel.js'
import type { Engine } from '../engine/index.js'
import { invalidConfig } from '../errors.js'
import type { HostTensor } from '../flow/parameters.js'
import type { WaveglowConfig } from '../models/config/model-config.js'
import { compileWaveglowChunk, type WaveglowChunk } from '../models/waveglow/graphs.js'
import { type WaveglowModel, waveglowModel } from '../models/waveglow/model.js'
import { checkWaveglowOptions, type SynthesisOptions } from './options.js'
import type { Synthesizer, Utterance } from './synthesizer.js'
import { WaveglowSignal } from './waveglow-signal.js'

/** Synthesis of a `waveglow` model: its kernels look ahead, so audio is `latencyFrames` behind the mel. */
export class WaveglowSynthesizer implements Synthesizer {
  private constructor(
    private readonly model: WaveglowModel,
    private readonly chunk: WaveglowChunk,
    readonly chunkFrames: number,
  ) {}

  /** @throws GlowcastError INVALID_CONFIG when a frame of the model has another length than one of its mel */
  static async create(
    engine: Engine,
    config: WaveglowConfig,
    weights: Record<string, HostTensor>,
    chunkFrames: number,
  ): Promise<WaveglowSynthesizer> {
    const { hopLength } = melPresets[config.mel]
    if (config.upsample !== undefined && config.upsample.stride !== hopLength) {
      throw invalidConfig('upsample.stride', `${config.upsample.stride}`, `the mel's hopLength ${hopLength}`)
    }
    const model = waveglowModel(config)
    const chunk = await compileWaveglowChunk(engine, model, weights, 'synthesis')
    return new WaveglowSynthesizer(model, chunk, chunkFrames)
  }

  get latencyFrames(): number {
    return Math.ceil(this.model.delayGroups / this.model.groupsPerFrame)
  }

  open(options: SynthesisOptions): Utterance {
    const checked = checkWaveglowOptions(options, this.model.config)
    return new WaveglowSignal(this.model, this.chunk, this, checked)
  }

  dispose(): Promise<void> {
    return this.chunk.dispose()
  }
}
