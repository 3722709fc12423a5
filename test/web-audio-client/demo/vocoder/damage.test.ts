import { describe, expect, it } from 'vitest'
import { damage, damages } from '../../../../web-audio-client/demo/vocoder/damage.js'

const rate = 22_050
/** A tone that swells three times, so that each third has a loudest place. */
const speech = Float32Array.from(
  { length: 3 * rate },
  (_, i) => 0.5 * Math.sin(i / 9) * Math.sin((Math.PI * i) / rate) ** 2,
)
const apart = (a: Float32Array, b: Float32Array) =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!)).flatMap((value, i) => (value > 0 ? [i] : []))

describe('damage', () => {
  it.each(damages)('makes another recording of the same length, within full scale: %s', (kind) => {
    const before = speech.slice()
    const damaged = damage(speech, rate, kind)
    expect(apart(speech, before)).toEqual([])
    expect(damaged).toHaveLength(speech.length)
    expect(damaged.every((value) => Math.abs(value) <= 1)).toBe(true)
    expect(apart(damaged, speech).length).toBeGreaterThan(0)
  })

  it('puts a click of a few samples into each third', () => {
    const changed = apart(damage(speech, rate, 'click'), speech)
    expect(changed).toHaveLength(12)
    expect(new Set(changed.map((i) => Math.floor(i / rate)))).toEqual(new Set([0, 1, 2]))
  })

  it('takes 60 ms out of each third where it is loudest', () => {
    const damaged = damage(speech, rate, 'dropout')
    for (const third of [0, 1, 2]) {
      const silent = apart(damaged, speech).filter((i) => Math.floor(i / rate) === third)
      // All but the tone's own zeros.
      expect(silent.length).toBeGreaterThan(0.055 * rate)
      expect(silent.every((i) => damaged[i] === 0)).toBe(true)
      // The loudest place is in the middle; the search steps by the length of a dropout.
      expect(Math.abs(silent[0]! / rate - (third + 0.5))).toBeLessThan(0.1)
    }
  })

  it('adds a hum of 50 Hz and its harmonics everywhere', () => {
    const hum = damage(new Float32Array(rate), rate, 'hum')
    const amplitude = (hertz: number) => {
      const turn = (2 * Math.PI * hertz) / rate
      const real = hum.reduce((sum, value, i) => sum + value * Math.cos(turn * i), 0)
      const imaginary = hum.reduce((sum, value, i) => sum + value * Math.sin(turn * i), 0)
      return (2 * Math.hypot(real, imaginary)) / rate
    }
    expect(amplitude(50)).toBeCloseTo(0.03)
    expect(amplitude(150)).toBeCloseTo(0.018)
    // A whole second of whole periods: nothing else but rounding.
    expect(amplitude(75)).toBeLessThan(1e-6)
  })

  it('takes recordings too short for it', () => {
    for (const kind of damages) expect(damage(new Float32Array(2).fill(0.1), rate, kind)).toHaveLength(2)
    expect(damage(new Float32Array(0), rate, 'click')).toHaveLength(0)
  })
})
