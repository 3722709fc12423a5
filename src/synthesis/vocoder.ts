import type { Frames } from '../audio/buffers/frames.js'
import { Denoiser } from '../audio/denoiser.js'
import { MelConverter } from '../audio/mel/conventions/converter.js'
import { framesFor } from '../audio/mel/conventions/frame-times.js'
import { type MelConfig, melPresets } from '../audio/mel/mel.js'
import { MelScaleChecker } from '../audio/mel/scale-check.js'
import type { Engine } from '../engine/index.js'
import { invalidArgument } from '../errors.js'
import type { HostTensor } from '../flow/parameters.js'
import type { ModelConfig } from '../models/config/model-config.js'
import { GlowcastSynthesizer } from './glowcast-synthesizer.js'
import { checkDenoise, type SynthesisOptions } from './options.js'
import type { Synthesizer } from './synthesizer.js'
import { WaveglowSynthesizer } from './waveglow-synthesizer.js'

export type { SynthesisOptions } from './options.js'

/** Offline chunks: long enough that the engine works near its peak, short enough that little of the last one is beyond the end. */
const defaultChunkFrames = { glowcast: 64, waveglow: 32 }

/** Frames of the mel of zeros that the bias spectrum is taken from, as in the reference. */
const biasFrames = 88

/**
 * Mel frames to waveform. One chunk function serves whole files and streams, so both give the same samples
 * (to float tolerance), whatever the chunking.
 */
export class Vocoder {
  readonly mel: MelConfig
  private bias: Promise<Float64Array> | undefined

  private constructor(
    readonly config: ModelConfig,
    private readonly synthesizer: Synthesizer,
  ) {
    this.mel = melPresets[config.mel]
  }

  /** @throws GlowcastError INVALID_CONFIG, INVALID_MODEL */
  static async create(
    engine: Engine,
    config: ModelConfig,
    weights: Record<string, HostTensor>,
    { chunkFrames = defaultChunkFrames[config.family] }: { chunkFrames?: number } = {},
  ): Promise<Vocoder> {
    const synthesizer =
      config.family === 'glowcast'
        ? await GlowcastSynthesizer.create(engine, config, weights, chunkFrames)
        : await WaveglowSynthesizer.create(engine, config, weights, chunkFrames)
    return new Vocoder(config, synthesizer)
  }

  /** Mel frames that one call of the engine turns into audio. */
  get chunkFrames(): number {
    return this.synthesizer.chunkFrames
  }

  /** Mel frames beyond those of a chunk that must be there before its audio can be made. */
  get latencyFrames(): number {
    return this.synthesizer.latencyFrames
  }

  /**
   * @param mel log-mel [frames, melBands] in the model's convention, or in that of the options
   * @returns frames * hopLength samples, of the frames of the model's convention
   * @throws GlowcastError INVALID_MEL, INVALID_ARGUMENT
   */
  async synthesize(mel: Frames, options: SynthesisOptions = {}): Promise<Float32Array> {
    const frames = framesFor(mel.frames, options.melConvention ?? this.mel, this.mel)
    const waveform = new Float32Array(frames * this.mel.hopLength)
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
    const strength = checkDenoise(options.denoise ?? 0)
    const samples = this.bareStream(mel, options)
    if (strength === 0) return yield* samples
    const denoiser = new Denoiser(this.mel, await this.biasSpectrum(), strength)
    for await (const part of samples) {
      const done = denoiser.push(part)
      if (done.length > 0) yield done
    }
    const rest = denoiser.flush()
    if (rest.length > 0) yield rest
  }

  async dispose(): Promise<void> {
    await this.synthesizer.dispose()
  }

  private async *bareStream(
    mel: AsyncIterable<Frames> | Iterable<Frames>,
    options: SynthesisOptions,
  ): AsyncGenerator<Float32Array> {
    const utterance = this.synthesizer.open(options)
    const checker = new MelScaleChecker(this.mel.melBands, options.melScaleCheck)
    for await (const frames of inModelConvention(mel, options)) {
      utterance.push(frames)
      checker.push(frames.data)
      yield* utterance.audio()
    }
    checker.end()
    utterance.end()
    yield* utterance.audio()
  }

  /** Of what the model says, without noise, to a mel of zeros. */
  private biasSpectrum(): Promise<Float64Array> {
    this.bias ??= this.makeBias()
    return this.bias
  }

  private async makeBias(): Promise<Float64Array> {
    const channels = this.mel.melBands
    const mel = { data: new Float32Array(biasFrames * channels), frames: biasFrames, channels }
    const options = { temperature: 0, melProjections: 0, comb: false, melScaleCheck: 'off' } as const
    return Denoiser.biasOf(await this.synthesize(mel, options), this.mel)
  }
}

/** @throws GlowcastError INVALID_ARGUMENT where an F0 is of frames that the conversion changes */
async function* inModelConvention(
  mel: AsyncIterable<Frames> | Iterable<Frames>,
  { melConvention, f0Hz }: SynthesisOptions,
): AsyncGenerator<Frames> {
  if (melConvention === undefined) return yield* mel
  const converter = new MelConverter(melConvention)
  if (f0Hz !== undefined && !converter.keepsFrames) {
    throw invalidArgument('f0Hz', 'an F0', 'none beside a `melConvention` of other frames than the model has')
  }
  for await (const frames of mel) yield converter.push(frames)
  yield converter.flush()
}
