import { describe, expect, it } from 'vitest'
import type { VoiceControls } from '../../../src/synthesis/voice/controls.js'
import { Melody } from '../../../src/synthesis/voice/melody.js'

const controls: VoiceControls = {
  pitchSemitones: 0,
  flatten: 0,
  whisper: false,
  breathiness: 1,
  wet: 1,
  voices: 1,
  bendSemitones: 2,
  withoutNote: 'voice',
}

describe('What is spoken', () => {
  const spoken = (hz: readonly number[], changes: Partial<VoiceControls>) => {
    const melody = new Melody(2000)
    return hz.map((each) => melody.spoken(each, { ...controls, ...changes }))
  }

  it('is what was heard, to the last bit', () => {
    expect(spoken([101.3, 0, 99.7], {})).toEqual([101.3, 0, 99.7])
  })

  it('is one note when it is flattened', () => {
    expect(spoken([100, 200, 100, 200, 0], { flatten: 1 }).map(Math.round)).toEqual([100, 141, 126, 141, 0])
  })

  it('moves by semitones, as far as pulses can be made', () => {
    expect(spoken([100, 1500], { pitchSemitones: 12 }).map(Math.round)).toEqual([200, 2000])
  })

  it('has no voice in a whisper', () => {
    expect(spoken([100, 200], { whisper: true })).toEqual([0, 0])
  })
})

describe('What is sung', () => {
  const sung = (hz: number, note: number, bend: number, changes: Partial<VoiceControls> = {}) =>
    new Melody(2000).sung(hz, note, bend, { ...controls, ...changes })

  it('is the note where there is voice, bent and moved', () => {
    expect(sung(100, 69, 0)).toBe(440)
    expect(sung(0, 69, 0)).toBe(0)
    expect(sung(100, 57, 0.5)).toBeCloseTo(220 * 2 ** (1 / 12))
    expect(sung(100, 69, -1, { bendSemitones: 12 })).toBeCloseTo(220)
    expect(sung(100, 69, 0, { pitchSemitones: -12 })).toBeCloseTo(220)
  })

  it('is no more than can be made, and nothing in a whisper', () => {
    expect(sung(100, 127, 0)).toBe(2000)
    expect(sung(100, 0, 0)).toBe(20)
    expect(sung(100, 69, 0, { whisper: true })).toBe(0)
  })
})
