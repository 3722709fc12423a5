import type { VoiceControls } from './controls.js'

/** Voiced frames that the mean pitch is taken over: about two seconds. */
const meanFrames = 172

/** Pulses of a lower pitch cannot be made. */
const lowestHz = 20

/** The pitch that is spoken, and what the controls make of it. */
export class Melody {
  /** Octaves above 1 Hz, and the voiced frames that it is of. */
  private mean = 0
  private frames = 0

  /** @param highestHz of a pitch that can be made */
  constructor(private readonly highestHz: number) {}

  /** Hears a frame of the voice. @param hz 0: unvoiced @returns Hz to speak with */
  spoken(hz: number, controls: VoiceControls): number {
    if (hz === 0) return 0
    const octaves = Math.log2(hz)
    this.frames = Math.min(this.frames + 1, meanFrames)
    this.mean += (octaves - this.mean) / this.frames
    if (controls.whisper) return 0
    if (keepsPitch(controls)) return hz
    const { pitchSemitones, flatten } = controls
    return this.possible(2 ** (octaves + flatten * (this.mean - octaves) + pitchSemitones / 12))
  }

  /** A note of a keyboard. @param bend from -1 to 1 @returns Hz to sing it with, where there is voice */
  sung(
    hz: number,
    note: number,
    bend: number,
    { pitchSemitones, bendSemitones, whisper }: VoiceControls,
  ): number {
    if (hz === 0 || whisper) return 0
    return this.possible(440 * 2 ** ((note - 69 + bend * bendSemitones + pitchSemitones) / 12))
  }

  private possible(hz: number): number {
    return Math.min(this.highestHz, Math.max(lowestHz, hz))
  }
}

/** Whether a voice speaks on its own pitch. */
export function keepsPitch({ pitchSemitones, flatten, whisper }: VoiceControls): boolean {
  return pitchSemitones === 0 && flatten === 0 && !whisper
}
