import { describe, expect, it } from 'vitest'
import { conformalP, familyWiseP } from '../../../src/scoring/statistics/conformal.js'
import { noise } from '../signals.js'

const tie = (index: number) => ({ seed: 3, index })

describe('conformalP', () => {
  it('is (1 + #{calibration ≥ score}) / (n + 1)', () => {
    const calibration = [1, 2, 3, 4]
    expect(conformalP(2.5, calibration, tie(0))).toBe(3 / 5)
    expect(conformalP(0, calibration, tie(0))).toBe(1)
    expect(conformalP(9, calibration, tie(0))).toBe(1 / 5)
  })

  it('breaks ties evenly at random, by the seed alone', () => {
    const calibration = [1, 2, 2, 2, 3]
    const ps = Array.from({ length: 4000 }, (_, index) => conformalP(2, calibration, tie(index)))
    for (const wanted of [2, 3, 4, 5]) {
      const share = ps.filter((p) => Math.abs(p - wanted / 6) < 1e-12).length / ps.length
      // Four equal outcomes; the deviation of a share of 4000 is 0.007.
      expect(Math.abs(share - 0.25)).toBeLessThan(0.03)
    }
    expect(conformalP(2, calibration, tie(7))).toBe(conformalP(2, calibration, tie(7)))
  })

  it('keeps any false-alarm rate when scores are exchangeable', () => {
    const scores = noise(60 * 100)
    let alarms = 0
    let tests = 0
    for (let round = 0; round < 60; round++) {
      const all = scores.subarray(round * 100, (round + 1) * 100)
      const calibration = Array.from(all.subarray(0, 49)).sort((a, b) => a - b)
      for (const score of all.subarray(49)) {
        alarms += conformalP(score, calibration, tie(tests++)) <= 0.1 ? 1 : 0
      }
    }
    // 3060 tests, dependent within a round: deviation about 0.007.
    expect(Math.abs(alarms / tests - 0.1)).toBeLessThan(0.025)
  })
})

describe('familyWiseP', () => {
  it('is the smallest p times the number of tests, at most 1', () => {
    expect(familyWiseP([0.02, 0.5, 0.9])).toBeCloseTo(0.06, 12)
    expect(familyWiseP([0.5, 0.9])).toBe(1)
    expect(familyWiseP([0.3])).toBe(0.3)
  })
})
