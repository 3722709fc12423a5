import type { Frames } from '../audio/buffers/frames.js'
import type { SynthesisOptions } from './options.js'

/** What a model family brings to the vocoder: its networks, compiled for chunks of `chunkFrames` mel frames. */
export interface Synthesizer {
  readonly chunkFrames: number
  /** Mel frames beyond those of a chunk that must be there before its audio can be made. */
  readonly latencyFrames: number
  /** @throws GlowcastError INVALID_ARGUMENT naming a wrong option */
  open(options: SynthesisOptions): Utterance
  dispose(): Promise<void>
}

/** One signal under way. */
export interface Utterance {
  /** @throws GlowcastError INVALID_MEL; the signal is then as before */
  push(mel: Frames): void
  /** No more mel frames will come. */
  end(): void
  /** The audio that can be made by now, in order; all that is left once the signal has ended. */
  audio(): AsyncGenerator<Float32Array>
}
