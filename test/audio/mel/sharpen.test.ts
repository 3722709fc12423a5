import { describe, expect, it } from 'vitest'
import { sharpenMel } from '../../../src/audio/mel/sharpen.js'

const range = { least: -11, most: 6 }
const mel = (...data: number[]) => ({ data: Float32Array.from(data), frames: 1, channels: data.length })
const sharpened = (strength: number, ...data: number[]) => [...sharpenMel(mel(...data), strength, range).data]

const energy = (values: readonly number[]) => values.reduce((sum, value) => sum + Math.exp(2 * value), 0)

describe('a sharpened mel', () => {
  it('raises peaks over valleys by a share of their distance to the seven bands about them', () => {
    // The mean of all is −4, and is what the peak is compared with; that of the first four is −3.25.
    const mel = sharpened(0.5, -5, -5, -5, 2, -5, -5, -5)
    expect(mel[3]! - mel[0]!).toBeCloseTo(2 + 0.5 * 6 - (-5 + 0.5 * (-5 + 3.25)), 5)
  })

  it('keeps the energy of each frame', () => {
    const given = [-5, -1, -2, -8, 0.5, -3]
    const mel = sharpened(0.3, ...given)
    expect(mel).not.toEqual(given)
    expect(energy(mel)).toBeCloseTo(energy(given), 5)
  })

  it('leaves what is even, and what has no strength, as it is', () => {
    expect(sharpened(1, -3, -3, -3, -3)).toEqual([-3, -3, -3, -3])
    expect(sharpened(0, -5, 2, -7)).toEqual([-5, 2, -7])
  })

  it('stays within what a mel may be', () => {
    expect(sharpened(1, 5, -10.9, 5, 5)[1]).toBe(-11)
    expect(Math.max(...sharpened(1, 6, 6, 6, -11, 6))).toBeLessThanOrEqual(6)
  })

  it('treats each frame by itself', () => {
    const two = { data: Float32Array.of(-5, -1, -2, -8), frames: 2, channels: 2 }
    const rows = [sharpened(0.3, -5, -1), sharpened(0.3, -2, -8)].flat()
    expect([...sharpenMel(two, 0.3, range).data]).toEqual(rows)
  })
})
