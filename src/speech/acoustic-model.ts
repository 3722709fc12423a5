import type { Frames } from '../audio/buffers/frames.js'
import type { MelDescription } from '../audio/mel/conventions/description.js'

/** A stretch of speech, as the vocoder needs it. */
export interface SpokenPart {
  /** The piece of the text that begins here; absent where the one before goes on. */
  readonly text?: string
  /** Of the model's convention, at least one frame. */
  readonly mel: Frames
  /** Hz, one value a mel frame, 0 where unvoiced; absent where the model does not tell it. */
  readonly f0Hz?: Float32Array
}

export interface SpeakOptions {
  /** One of the model's. Default: its first. */
  readonly voice?: string
  /** 2: twice as fast. Default: 1. */
  readonly speed?: number
  /** Nobody waits for the speech any more: what is not begun is left out, and `speak` throws the reason. */
  readonly signal?: AbortSignal
}

/** What turns text into the mel frames that a vocoder makes audible. */
export interface AcousticModel {
  /** One line for people. */
  readonly description: string
  /** Names, at least one. */
  readonly voices: readonly string[]
  /** Convention of the mels. */
  readonly mel: MelDescription
  /** Least and most of `speed`. */
  readonly speeds: readonly [number, number]
  /** How much its mels are to be sharpened, see `SynthesisOptions`; absent: as the vocoder's model says. */
  readonly sharpen?: number
  /**
   * In their order, a part no longer than about a second: the next is computed when it is asked for, so that the first sound
   * need not wait for the last, and ending the iteration ends the work.
   *
   * @throws GlowcastError INVALID_ARGUMENT for a text without anything to say, a voice that the model lacks and another speed;
   *   the reason of the signal
   */
  speak(text: string, options?: SpeakOptions): AsyncGenerator<SpokenPart>
  dispose(): Promise<void>
}
