import { describe, expect, it } from 'vitest'
import { sharpenMel } from '../../../src/audio/mel/sharpen.js'

const range = { least: -11, most: 6 }
const mel = (...data: number[]) => ({ data: Float32Array.from(data), frames: 1, channels: data.length })
const sharpened = (strength: number, ...data: number[]) => [...sharpenMel(mel(...data), strength, range).data]

describe('a sharpened mel', () => {
  it('raises peaks and lowers valleys by a share of their distance to the seven bands about them', () => {
    // The mean about the peak is −4.
    expect(sharpened(0.5, -5, -5, -5, 2, -5, -5, -5)[3]).toBe(5)
    expect(sharpened(0.5, -1, -1, -1, -8, -1, -1, -1)[3]).toBe(-11)
  })

  it('counts only the bands that are there at the edges', () => {
    expect(sharpened(1, 0, 0, 0, -4)[0]).toBe(1)
  })

  it('leaves what is even, and what has no strength, as it is', () => {
    expect(sharpened(1, -3, -3, -3, -3)).toEqual([-3, -3, -3, -3])
    expect(sharpened(0, -5, 2, -7)).toEqual([-5, 2, -7])
  })

  it('stays within what a mel may be', () => {
    expect(sharpened(1, 5, -10.9, 5, 5)).toEqual([6, -11, 6, 6])
  })

  it('treats each frame by itself', () => {
    const two = { data: Float32Array.of(-5, -1, -2, -8), frames: 2, channels: 2 }
    const rows = [sharpened(0.3, -5, -1), sharpened(0.3, -2, -8)].flat()
    expect([...sharpenMel(two, 0.3, range).data]).toEqual(rows)
  })
})
