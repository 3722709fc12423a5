import { describe, expect, it } from 'vitest'
import { bootstrapMean, summarise } from '../../src/evaluation/summary.js'
import { fillNormal } from '../../src/numeric/random.js'
import { pairFigures } from './pair-figures.js'

describe('bootstrapMean', () => {
  it('gives the interval that the normal law predicts', () => {
    const values = new Float32Array(200)
    fillNormal(values, 5, 0, 0)
    const mean = values.reduce((sum, value) => sum + value, 0) / 200
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 200)
    const interval = bootstrapMean([...values])
    expect(interval.mean).toBeCloseTo(mean, 10)
    // ±1.96 standard errors; 2,000 resamples place a 2.5 % quantile to about 5 % of the width.
    const half = (1.96 * deviation) / Math.sqrt(200)
    expect(interval.high - interval.mean).toBeGreaterThan(0.85 * half)
    expect(interval.high - interval.mean).toBeLessThan(1.15 * half)
    expect(interval.mean - interval.low).toBeGreaterThan(0.85 * half)
    expect(interval.mean - interval.low).toBeLessThan(1.15 * half)
  })

  it('is the same for the same seed, and not for another', () => {
    const values = [1, 5, 2, 8, 3.5]
    expect(bootstrapMean(values, 3)).toEqual(bootstrapMean(values, 3))
    expect(
      bootstrapMean(
        Array.from({ length: 50 }, (_, i) => Math.sqrt(i)),
        3,
      ),
    ).not.toEqual(
      bootstrapMean(
        Array.from({ length: 50 }, (_, i) => Math.sqrt(i)),
        4,
      ),
    )
  })

  it('has no width for one file', () => {
    expect(bootstrapMean([2.5])).toEqual({ mean: 2.5, low: 2.5, high: 2.5, files: 1 })
  })
})

describe('summarise', () => {
  it('weighs every file the same and skips where a figure is undefined', () => {
    const summary = summarise([
      pairFigures({ logMelL1: 0.2, f0ErrorCents: 10, seconds: 1, bandErrors: [0.1, 0.3] }),
      pairFigures({ logMelL1: 0.4, f0ErrorCents: null, seconds: 9, bandErrors: [0.3, 0.5] }),
    ])
    expect(summary).toMatchObject({ files: 2, seconds: 10 })
    expect(summary.figures.logMelL1!.mean).toBeCloseTo(0.3, 12)
    expect(summary.figures.logMelL1!.files).toBe(2)
    expect(summary.figures.f0ErrorCents).toMatchObject({ mean: 10, files: 1 })
    expect(summary.bandErrors.map(({ mean }) => mean)).toEqual([
      expect.closeTo(0.2, 12),
      expect.closeTo(0.4, 12),
    ])
  })

  it('is null for what no file defines', () => {
    expect(
      summarise([pairFigures({ spectralEnergyDistance: null })]).figures.spectralEnergyDistance,
    ).toBeNull()
  })

  it('refuses to summarise nothing', () => {
    expect(() => summarise([])).toThrow('pairs: got none')
  })
})
