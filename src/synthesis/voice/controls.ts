import { invalidArgument } from '../../errors.js'

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
  /** Notes that sing at once, at most: 1 to those that the voice was opened with, which are the default. */
  readonly voices: number
  /** How far the pitch wheel bends a note, 0 to 24 semitones. Default 2. */
  readonly bendSemitones: number
  /** What is rebuilt while no note is held: the voice as it speaks, or nothing. Default `voice`. */
  readonly withoutNote: 'voice' | 'silence'
}

const ranges = {
  pitchSemitones: [-36, 36],
  flatten: [0, 1],
  breathiness: [0, 2],
  wet: [0, 1],
  bendSemitones: [0, 24],
} as const satisfies Partial<Record<keyof VoiceControls, readonly [number, number]>>

/**
 * @param maxVoices that the voice was opened with
 * @throws GlowcastError INVALID_ARGUMENT
 */
export function checkVoiceControls(changes: Partial<VoiceControls>, maxVoices: number): void {
  for (const [name, value] of Object.entries(changes)) {
    const [isValid, expected] = checkOf(name, value, maxVoices)
    if (!isValid) throw invalidArgument(name, `${value}`, expected)
  }
}

function checkOf(name: string, value: unknown, maxVoices: number): [isValid: boolean, expected: string] {
  if (name === 'whisper') return [typeof value === 'boolean', 'true or false']
  if (name === 'withoutNote') return [value === 'voice' || value === 'silence', 'voice or silence']
  if (name === 'voices') {
    const isCount = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= maxVoices
    return [isCount, `a whole number from 1 to ${maxVoices}`]
  }
  const range = Object.hasOwn(ranges, name) ? ranges[name as keyof typeof ranges] : undefined
  if (range === undefined) throw invalidArgument(name, 'an unknown control', 'one of a live voice')
  const [least, most] = range
  const isNumber = typeof value === 'number' && value >= least && value <= most
  return [isNumber, `a number from ${least} to ${most}`]
}
