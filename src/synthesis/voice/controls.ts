import { highestPitch } from '../../audio/excitation/excitation.js'
import { invalidArgument } from '../../errors.js'
import type { LiveControls } from '../signal.js'

/** What may be changed of a live voice while it speaks. */
export interface VoiceControls {
  /** Shift of the pitch, -36 to 36; the formants stay. Default 0. */
  readonly pitchSemitones: number
  /** 0: the melody as spoken; 1: one note, the mean of the last seconds. Default 0. */
  readonly flatten: number
  /** Speaks without voice. Default false. */
  readonly whisper: boolean
  /** Standard deviation of the noise, 0 to 2. Default: the model's. */
  readonly breathiness: number
  /** Share of the rebuilt voice; the rest is the input, as late. 0 to 1, default 1. */
  readonly wet: number
}

const ranges = {
  pitchSemitones: [-36, 36],
  flatten: [0, 1],
  breathiness: [0, 2],
  wet: [0, 1],
} as const satisfies Partial<Record<keyof VoiceControls, readonly [number, number]>>

/** Voiced frames that the mean pitch is taken over: about two seconds. */
const meanFrames = 172

/** Pulses of a lower pitch cannot be made. */
const lowestHz = 20

/** @throws GlowcastError INVALID_ARGUMENT */
export function checkVoiceControls(changes: Partial<VoiceControls>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (name === 'whisper') {
      if (typeof value !== 'boolean') throw invalidArgument(name, `${value}`, 'true or false')
      continue
    }
    const range = Object.hasOwn(ranges, name) ? ranges[name as keyof typeof ranges] : undefined
    if (range === undefined) throw invalidArgument(name, 'an unknown control', 'one of a live voice')
    const [least, most] = range
    if (!(typeof value === 'number' && value >= least && value <= most)) {
      throw invalidArgument(name, `${value}`, `a number from ${least} to ${most}`)
    }
  }
}

/** The controls as a signal asks for them. */
export class VoicePitch implements LiveControls {
  controls: VoiceControls
  private readonly highestHz: number
  /** Octaves above 1 Hz, and the voiced frames that it is of. */
  private mean = 0
  private frames = 0

  constructor(temperature: number, sampleRate: number) {
    this.controls = { pitchSemitones: 0, flatten: 0, whisper: false, breathiness: temperature, wet: 1 }
    this.highestHz = highestPitch(sampleRate)
  }

  get temperature(): number {
    return this.controls.breathiness
  }

  get keepsF0(): boolean {
    const { pitchSemitones, flatten, whisper } = this.controls
    return pitchSemitones === 0 && flatten === 0 && !whisper
  }

  f0Of(hz: number): number {
    if (hz === 0) return 0
    const octaves = Math.log2(hz)
    this.frames = Math.min(this.frames + 1, meanFrames)
    this.mean += (octaves - this.mean) / this.frames
    const { pitchSemitones, flatten, whisper } = this.controls
    if (whisper) return 0
    if (this.keepsF0) return hz
    const spoken = 2 ** (octaves + flatten * (this.mean - octaves) + pitchSemitones / 12)
    return Math.min(this.highestHz, Math.max(lowestHz, spoken))
  }
}
