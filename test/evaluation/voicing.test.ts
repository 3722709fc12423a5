import { describe, expect, it } from 'vitest'
import { compareVoicing } from '../../src/evaluation/voicing.js'

const track = (...f0Hz: number[]) => ({ hopLength: 128, f0Hz: Float32Array.from(f0Hz) })

describe('compareVoicing', () => {
  it('counts frames: two in both, one missed, two invented', () => {
    const figures = compareVoicing(track(100, 200, 150, 0, 0, 0), track(100, 200, 0, 90, 80, 0))
    expect(figures).toEqual({
      f0ErrorCents: 0,
      periodicityError: 0,
      voicingPrecision: 2 / 4,
      voicingRecall: 2 / 3,
      voicingF1: 4 / 7,
    })
  })

  it('measures pitch in cents, up and down alike, only where both are voiced', () => {
    const semitone = 2 ** (1 / 12)
    const figures = compareVoicing(track(100, 100, 100, 0), track(100 * semitone, 50, 0, 300))
    // F0 is float32: 1e-7 of it are 1e-4 cents.
    expect(figures.f0ErrorCents).toBeCloseTo((100 + 1200) / 2, 3)
  })

  it('leaves undefined what no frame defines', () => {
    expect(compareVoicing(track(0, 0), track(0, 0))).toEqual({
      f0ErrorCents: null,
      periodicityError: 0,
      voicingPrecision: null,
      voicingRecall: null,
      voicingF1: null,
    })
    expect(compareVoicing(track(100), track(0))).toMatchObject({
      f0ErrorCents: null,
      voicingRecall: 0,
      voicingF1: 0,
    })
  })

  it('compares the frames that both have', () => {
    expect(compareVoicing(track(100, 100), track(100, 100, 100, 100)).voicingPrecision).toBe(1)
  })

  it('measures how much less periodic a synthesis is', () => {
    const voiced = (voicing: number[]) => ({
      hopLength: 128,
      f0Hz: Float32Array.from(voicing, (value) => (value > 0 ? 100 : 0)),
      voicing: Float32Array.from(voicing),
    })
    const { periodicityError } = compareVoicing(voiced([0.9, 0.8, 0, 0.7]), voiced([0.7, 0.8, 0, 0]))
    expect(periodicityError).toBeCloseTo(Math.sqrt((0.2 ** 2 + 0.7 ** 2) / 4), 6)
  })
})
