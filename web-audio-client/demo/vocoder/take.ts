import { defaultMel, MelAnalyzer, melPresets } from '../../../src/audio/mel/mel.js'
import type { StreamFigures } from '../../../src/protocol/messages.js'
import type { GlowcastClient, GlowcastStream } from '../../index.js'
import { GrowingSignal } from '../sound/signal.js'
import { melConvention } from './mel-convention.js'

/** The voice that the visitor asked for; what is absent is the model's own. */
export interface VoiceSettings {
  readonly seed: number
  readonly temperature?: number
  readonly pitchSemitones?: number
}

/** Samples analysed and sent at once: 93 ms. */
const blockSamples = 2048

/** Mel frames kept for resuming of what has no end yet: nearly four minutes. */
const usualKeepFrames = 20_000
/** Frames that a mel has more than hops fit into its samples, with room. */
const spareFrames = 16

/** One original on its way through the server: mel out, sound back. */
export class Take {
  readonly result = new GrowingSignal(melConvention.sampleRate)
  readonly stream: GlowcastStream
  figures: StreamFigures | undefined
  private readonly analyzer = new MelAnalyzer(melPresets[defaultMel])

  /** @param original at the mel's rate; what it holds is not sent by itself */
  constructor(
    client: GlowcastClient,
    readonly original: GrowingSignal,
    settings: VoiceSettings,
  ) {
    // However long it is, it is resumed after a lost connection.
    const frames = Math.ceil(original.length / melConvention.hopLength) + spareFrames
    const keepFrames = Math.max(usualKeepFrames, frames)
    this.stream = client.open({ mel: melConvention, keepFrames, ...settings })
  }

  /** Takes what the server sends until the end; throws what goes wrong. */
  async receive(): Promise<void> {
    try {
      for await (const { samples } of this.stream) this.result.append(samples)
    } finally {
      this.result.finish()
    }
  }

  /** Sends the whole original, which is finished, as fast as the server's credit allows. */
  async sendAll(): Promise<void> {
    const { original } = this
    for (let from = 0; from < original.length; from += blockSamples) {
      await this.send(original.slice(from, Math.min(from + blockSamples, original.length)))
    }
    await this.end()
  }

  async send(samples: Float32Array): Promise<void> {
    await this.stream.write(this.analyzer.push(samples).data)
  }

  async end(): Promise<void> {
    await this.stream.write(this.analyzer.flush().data)
    this.figures = await this.stream.end()
  }
}
