import { describe, expect, it } from 'vitest'
import { f0Agreement } from '../../src/synthesis/f0-agreement.js'

const above = (f0Hz: number, cents: number) => f0Hz * 2 ** (cents / 1200)

describe('f0Agreement', () => {
  it('is 1 for the same voice, 0 for another', () => {
    expect(f0Agreement(200, above(200, 40))).toBe(1)
    expect(f0Agreement(above(200, 40), 200)).toBe(1)
    expect(f0Agreement(200, above(200, 100))).toBeCloseTo(0.5)
    expect(f0Agreement(200, above(200, 160))).toBe(0)
    expect(f0Agreement(100, 200)).toBe(0)
  })

  it('takes two that are unvoiced as the same, and one alone as another', () => {
    expect(f0Agreement(0, 0)).toBe(1)
    expect(f0Agreement(0, 200)).toBe(0)
    expect(f0Agreement(200, 0)).toBe(0)
  })
})
