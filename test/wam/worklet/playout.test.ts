import { describe, expect, it } from 'vitest'
import { Playout } from '../../../src/wam/worklet/playout.js'

const fade = 10
const ones = (length: number) => new Float32Array(length).fill(1)

function heard(playout: Playout, from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => playout.read(from + i))
}

const largestStep = (samples: readonly number[]) =>
  samples.reduce((most, value, i) => Math.max(most, Math.abs(value - (samples[i - 1] ?? 0))), 0)

describe('Playout', () => {
  it('plays samples at their position, unchanged but for the fade before them', () => {
    const playout = new Playout(200, fade)
    playout.write(
      5,
      Float32Array.from({ length: 100 }, (_, i) => i),
    )
    const samples = heard(playout, 0, 80)
    expect(samples.slice(0, 5)).toEqual([0, 0, 0, 0, 0])
    expect(samples.slice(5 + fade)).toEqual(Array.from({ length: 80 - 5 - fade }, (_, i) => i + fade))
    expect(playout.underruns).toBe(0)
  })

  it('fades towards a hole and behind it, and counts it', () => {
    const playout = new Playout(400, fade)
    playout.write(0, ones(100))
    playout.write(150, ones(100))
    const samples = heard(playout, 0, 240)
    expect(largestStep(samples)).toBeLessThan(1.001 / fade)
    expect(samples.slice(fade, 90)).toEqual(Array(80).fill(1))
    expect(samples.slice(100, 150)).toEqual(Array(50).fill(0))
    expect(samples.slice(150 + fade, 240 - fade)).toEqual(Array(70).fill(1))
    expect(playout.underruns).toBe(1)
  })

  it('leaves out what comes late, without a click', () => {
    const playout = new Playout(400, fade)
    playout.write(0, ones(50))
    const first = heard(playout, 0, 70)
    playout.write(50, ones(50))
    const samples = [...first, ...heard(playout, 70, 100)]
    expect(largestStep(samples)).toBeLessThan(1.001 / fade)
    expect(Math.max(...samples.slice(70))).toBeGreaterThan(0.9)
  })

  it('goes on without end in a ring of bounded length', () => {
    const playout = new Playout(64, fade)
    const samples: number[] = []
    for (let at = 0; at < 10_000; at += 40) {
      playout.write(
        at + 20,
        Float32Array.from({ length: 40 }, (_, i) => at + 20 + i),
      )
      samples.push(...heard(playout, at, at + 40))
    }
    const isIn = 20 + fade
    expect(samples.slice(isIn, 9980)).toEqual(Array.from({ length: 9980 - isIn }, (_, i) => isIn + i))
  })
})
