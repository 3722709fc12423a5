import { expect, it } from 'vitest'
import { Keys } from '../../../src/synthesis/voice/keys.js'

const on = (note: number, velocity = 127) => [0x90, note, velocity]
const off = (note: number) => [0x80, note, 0]
const pedal = (value: number) => [0xb0, 64, value]

/** Notes that sound after messages. */
function sounding(messages: number[][], limit = 4): number[] {
  const keys = new Keys()
  for (const message of messages) keys.receive(message)
  return keys.played(limit).notes.map(({ note }) => note)
}

it.each([
  ['a key that is down', [on(60)], [60]],
  ['until it is up', [on(60), on(64), off(60)], [64]],
  ['or a note comes with no velocity', [on(60), on(60, 0)], []],
  [
    'of any channel',
    [
      [0x93, 60, 1],
      [0x85, 60, 0],
    ],
    [],
  ],
  ['a key that is pressed again, once', [on(60), on(60)], [60]],
  ['what the pedal holds', [pedal(127), on(60), off(60)], [60]],
  ['until the pedal is up', [pedal(127), on(60), on(64), off(60), pedal(0)], [64]],
  ['with a pedal below the half, nothing', [pedal(63), on(60), off(60)], []],
  ['after all notes off, nothing', [on(60), on(64), [0xb0, 123, 0]], []],
  ['after all notes off, what the pedal holds', [pedal(127), on(60), [0xb0, 123, 0]], [60]],
  ['after all sound off, nothing', [pedal(127), on(60), [0xb0, 120, 0]], []],
  ['after a reset, what is down', [pedal(127), on(60), on(64), off(60), [0xb0, 121, 0]], [64]],
  ['whatever else comes', [on(60), [0xf8], [0xc0, 5], [0xa0, 60, 3], [0xb0, 7, 0], []], [60]],
])('sounds %s', (_what, messages, notes) => {
  expect(sounding(messages)).toEqual(notes)
})

it('gives the voice of the oldest note to a new one, and back', () => {
  expect(sounding([on(60), on(64), on(67)], 2)).toEqual([64, 67])
  expect(sounding([on(60), on(64), on(67), off(67)], 2)).toEqual([60, 64])
})

it('takes a voice from what the pedal holds before one from a key that is down', () => {
  expect(sounding([pedal(127), on(60), on(64), off(64), on(67)], 2)).toEqual([60, 67])
})

it('is as loud as the keys are struck, and shares the power', () => {
  const keys = new Keys()
  keys.receive(on(60, 127))
  expect(keys.played(4).notes).toEqual([{ id: 1, note: 60, gain: 1 }])
  keys.receive(on(64, 64))
  const [first, second] = keys.played(4).notes
  expect(first!.gain).toBeCloseTo(Math.SQRT1_2)
  expect(second!.gain).toBeCloseTo((Math.SQRT1_2 * 64) / 127)
})

it.each([
  [[0xe0, 0, 64], 0],
  [[0xe0, 0, 0], -1],
  [[0xe0, 127, 127], 1],
  [[0xe0, 0, 96], 4096 / 8191],
])('reads %o of the pitch wheel as %d', (message, bend) => {
  const keys = new Keys()
  keys.receive(message)
  expect(keys.played(1).bend).toBe(bend)
  keys.receive([0xb0, 121, 0])
  expect(keys.played(1).bend).toBe(0)
})
