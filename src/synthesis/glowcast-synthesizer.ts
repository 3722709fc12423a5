import type { Engine } from '../engine/index.js'
import type { HostTensor } from '../flow/parameters.js'
import type { GlowcastConfig } from '../models/config/model-config.js'
import { type GlowcastModel, glowcastModel } from '../models/glowcast/model.js'
import { SynthesisBatch } from './live/batch.js'
import { samplesOf } from './live/batch-row.js'
import type { SynthesisOptions } from './options.js'
import { Signal } from './signal.js'
import type { Synthesizer, Utterance } from './synthesizer.js'

/** Synthesis of a `glowcast` model, one signal at a time. */
export class GlowcastSynthesizer implements Synthesizer {
  private constructor(
    private readonly model: GlowcastModel,
    private readonly batch: SynthesisBatch,
  ) {}

  static async create(
    engine: Engine,
    config: GlowcastConfig,
    weights: Record<string, HostTensor>,
    chunkFrames: number,
  ): Promise<GlowcastSynthesizer> {
    const model = glowcastModel(config)
    const batch = await SynthesisBatch.create(engine, model, weights, { size: 1, frames: chunkFrames })
    return new GlowcastSynthesizer(model, batch)
  }

  get chunkFrames(): number {
    return this.batch.frames
  }

  get latencyFrames(): number {
    return Math.max(this.model.lookahead, this.model.pitchLookahead + 1)
  }

  open(options: SynthesisOptions): Utterance {
    const { batch } = this
    const signal = new Signal(this.model, batch.carryShapes, options)
    return {
      push: (mel) => signal.push(mel),
      end: () => signal.end(),
      async *audio() {
        while (signal.ready(batch.frames)) {
          const [made] = await batch.run([signal])
          const samples = samplesOf(made)
          if (samples.length > 0) yield samples
        }
        const rest = signal.flush()
        if (rest.length > 0) yield rest
      },
    }
  }

  dispose(): Promise<void> {
    return this.batch.dispose()
  }
}
