import type { WamParameterConfiguration } from '@webaudiomodules/api'
import type { VoiceControls } from '../synthesis/voice/controls.js'

/** As a host names them in its automation, in the order of the GUI. */
export const parameterIds = [
  'pitchSemitones',
  'flatten',
  'whisper',
  'breathiness',
  'wet',
  'voices',
  'bendSemitones',
  'withoutNote',
] as const satisfies readonly (keyof VoiceControls)[]

export type ParameterId = (typeof parameterIds)[number]
export type ParameterValues = Readonly<Record<ParameterId, number>>

const withoutNote = ['voice', 'silence'] as const

/** @param first controls of a voice that was just opened: its voices are the most */
export function parameterConfigs(first: VoiceControls): Record<ParameterId, WamParameterConfiguration> {
  return {
    pitchSemitones: { label: 'Pitch', minValue: -36, maxValue: 36, defaultValue: 0, units: 'semitones' },
    flatten: { label: 'Flatten the melody', defaultValue: first.flatten },
    whisper: { label: 'Whisper', type: 'boolean', defaultValue: 0 },
    breathiness: { label: 'Breathiness', minValue: 0, maxValue: 2, defaultValue: first.breathiness },
    wet: { label: 'Dry to wet', defaultValue: first.wet },
    voices: {
      label: 'Voices',
      type: 'int',
      minValue: 1,
      maxValue: first.voices,
      defaultValue: first.voices,
      discreteStep: 1,
    },
    bendSemitones: {
      label: 'Bend range',
      minValue: 0,
      maxValue: 24,
      defaultValue: first.bendSemitones,
      units: 'semitones',
    },
    withoutNote: {
      label: 'Without a note',
      type: 'choice',
      choices: ['My voice', 'Silence'],
      defaultValue: 0,
    },
  }
}

/** What a voice is told; dry and wet are mixed where the sound comes out. */
export function controlsOf(values: ParameterValues): Partial<VoiceControls> {
  return {
    pitchSemitones: values.pitchSemitones,
    flatten: values.flatten,
    whisper: values.whisper >= 0.5,
    breathiness: values.breathiness,
    voices: Math.round(values.voices),
    bendSemitones: values.bendSemitones,
    withoutNote: withoutNote[Math.round(values.withoutNote)]!,
  }
}
