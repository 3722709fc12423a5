import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { segmentsP } from '../../../src/scoring/statistics/segments-p.js'

const n = 244
const lowest = 1 / (n + 1)

describe('segmentsP', () => {
  it('is the p of a single segment', () => {
    expect(segmentsP([0.3], n)).toBe(0.3)
    expect(segmentsP([lowest], n)).toBe(lowest)
  })

  it('is below 0.01 where every segment is above all of the calibration, however many there are', () => {
    for (const count of [2, 3, 6, 20, 120]) {
      expect(segmentsP(new Array<number>(count).fill(lowest), n)).toBeLessThan(0.009)
    }
  })

  it('refuses one unusual segment of two, and ordinary ones never', () => {
    expect(segmentsP([lowest, 0.6], n)).toBeLessThan(0.01)
    expect(segmentsP([0.3, 0.5, 0.2, 0.9], n)).toBeGreaterThan(0.5)
  })

  it('refuses no more normal files than it says', () => {
    const random = new RandomStream(4, 0)
    const files = 4000
    const segments = 5
    let refused = 0
    for (let file = 0; file < files; file++) {
      // A calibration of its own for each: its scatter is part of the promise.
      const calibration = Array.from({ length: n }, () => random.uniform())
      const ps = Array.from({ length: segments }, () => {
        const score = random.uniform()
        return (1 + calibration.filter((other) => other >= score).length) / (n + 1)
      })
      if (segmentsP(ps, n) <= 0.05) refused += 1
    }
    // Three deviations of a share of 0.05 among 4000.
    expect(refused / files).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / files))
  })
})
