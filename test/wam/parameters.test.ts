import getWamParameterInfo from '@webaudiomodules/sdk/src/WamParameterInfo.js'
import { expect, it } from 'vitest'
import { checkVoiceControls, type VoiceControls } from '../../src/synthesis/voice/controls.js'
import { controlsOf, type ParameterValues, parameterConfigs, parameterIds } from '../../src/wam/parameters.js'

const opened: VoiceControls = {
  pitchSemitones: 0,
  flatten: 0,
  whisper: false,
  breathiness: 0.9,
  wet: 1,
  voices: 4,
  bendSemitones: 2,
  withoutNote: 'voice',
}
const Info = getWamParameterInfo()
const infos = parameterIds.map((id) => new Info(id, parameterConfigs(opened)[id]))
const valuesAt = (place: number) =>
  Object.fromEntries(infos.map((info) => [info.id, info.denormalize(place)])) as ParameterValues

it('has a parameter for each control of a live voice', () => {
  expect([...parameterIds].sort()).toEqual(Object.keys(opened).sort())
})

it('begins as the voice was opened', () => {
  const first = Object.fromEntries(infos.map(({ id, defaultValue }) => [id, defaultValue])) as ParameterValues
  const { wet: _, ...controls } = opened
  expect(controlsOf(first)).toEqual(controls)
})

it.each([0, 0.3, 0.5, 0.77, 1])('gives the voice what it takes, at %d of each range', (place) => {
  expect(() => checkVoiceControls(controlsOf(valuesAt(place)), opened.voices)).not.toThrow()
})
