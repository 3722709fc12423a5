import type { Frames } from './audio/frames.js'
import { type MelConfig, melPresets } from './audio/mel.js'
import type { Engine } from './engine/index.js'
import type { HostTensor } from './flow/parameters.js'
import type { GlowcastConfig } from './models/config.js'
import { type GlowcastModel, glowcastModel } from './models/glowcast.js'
import { SynthesisBatch } from './synthesis/batch.js'
import type { SynthesisOptions } from './synthesis/options.js'
import { Signal } from './synthesis/signal.js'

export type { SynthesisOptions } from './synthesis/options.js'

/** Offline chunks: long enough that the engine works near its peak, short enough to keep memory small. */
const defaultChunkFrames = 192

/**
 * Mel frames to waveform. One chunk function serves whole files and streams, so both give the same samples
 * (to float tolerance), whatever the chunking.
 */
export class Vocoder {
  readonly mel: MelConfig

  private constructor(
    readonly model: GlowcastModel,
    private readonly batch: SynthesisBatch,
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
    const batch = await SynthesisBatch.create(engine, model, weights, { size: 1, frames: chunkFrames })
    return new Vocoder(model, batch)
  }

  /** Mel frames that one call of the engine turns into audio. */
  get chunkFrames(): number {
    return this.batch.frames
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
    const signal = new Signal(this.model, this.batch.carryShapes, options)
    for await (const frames of mel) {
      signal.push(frames)
      yield* this.readyAudio(signal)
    }
    signal.end()
    yield* this.readyAudio(signal)
    const rest = signal.flush()
    if (rest.length > 0) yield rest
  }

  async dispose(): Promise<void> {
    await this.batch.dispose()
  }

  private async *readyAudio(signal: Signal): AsyncGenerator<Float32Array> {
    while (signal.ready(this.batch.frames)) {
      const [samples] = await this.batch.run([signal])
      if (samples!.length > 0) yield samples!
    }
  }
}
