import { describe, expect, it } from 'vitest'
import type { Latents } from '../../../../src/likelihood/likelihood.js'
import { latentMoments } from '../../../../src/scoring/texture/features/latent-moments.js'
import {
  bandCount,
  bandEchoCorrelation,
  bandKurtosis,
  bandLagCorrelation,
  bandLevels,
  levelBandCount,
  lowBins,
  typicality,
} from '../../../../src/scoring/texture/features/latent-statistics.js'
import { noise } from '../../signals.js'

const groupSize = 128
const groups = 400

function latentsOf(change: (z: number, group: number, bin: number) => number): Latents {
  const values = noise(groups * groupSize)
  for (let i = 0; i < values.length; i++)
    values[i] = change(values[i]!, Math.floor(i / groupSize), i % groupSize)
  return { values, logDet: new Float32Array(groups), groups, groupSize, groupsPerFrame: 2 }
}

const momentsOf = (change: Parameters<typeof latentsOf>[0]) => latentMoments(latentsOf(change))
const white = momentsOf((z) => z)
const far = (values: readonly number[]) => values.map((value) => Math.abs(value))

describe('statistics of the latents', () => {
  it('are near zero for standard normals', () => {
    // 6400 latents a band: the largest deviation, of the log kurtosis, is 0.06; four of them.
    for (const statistic of [bandKurtosis, bandLagCorrelation, bandEchoCorrelation]) {
      expect(statistic(white)).toHaveLength(bandCount)
      expect(Math.max(...far(statistic(white)))).toBeLessThan(0.25)
    }
    // 1600 latents a band: deviation 0.035; four and more of them.
    expect(bandLevels(white)).toHaveLength(levelBandCount)
    expect(Math.max(...far(bandLevels(white)))).toBeLessThan(0.16)
    expect(Math.abs(typicality(white))).toBeLessThan(0.02)
  })

  it('bandLevels finds the band that is too loud', () => {
    const levels = bandLevels(momentsOf((z, _, bin) => (bin >= 32 && bin < 36 ? 2 * z : z)))
    expect(levels[8]).toBeCloseTo(Math.log(4), 0)
    expect(Math.abs(levels[9]!)).toBeLessThan(0.16)
  })

  it('bandKurtosis rises with rare large values and falls for constants', () => {
    expect(bandKurtosis(momentsOf((z, group) => (group % 50 === 0 ? 6 * z : z)))[0]!).toBeGreaterThan(1)
    expect(bandKurtosis(momentsOf((z) => Math.sign(z)))[0]!).toBeCloseTo(-Math.log(3), 5)
  })

  it('bandLagCorrelation and bandEchoCorrelation see what is alike in time', () => {
    const inTime = latentsOf((z) => z)
    for (let i = groupSize; i < inTime.values.length; i++) {
      inTime.values[i] = 0.8 * inTime.values[i - groupSize]! + 0.6 * inTime.values[i]!
    }
    // An autoregression of 0.8 with unit variance.
    expect(bandLagCorrelation(latentMoments(inTime))[4]!).toBeCloseTo(0.8, 1)
    // 0.8⁴ after four groups.
    expect(bandEchoCorrelation(latentMoments(inTime))[4]!).toBeCloseTo(0.41, 0)
  })

  it('lowBins sees a lowest bin that is too loud', () => {
    expect(lowBins(momentsOf((z, _, bin) => (bin === 0 ? 3 * z : z)))[0]! - lowBins(white)[0]!).toBeCloseTo(
      Math.log(9),
      5,
    )
  })

  it('typicality has two sides: unlikely above, too likely below', () => {
    expect(typicality(momentsOf((z) => 1.5 * z))).toBeGreaterThan(0.5)
    // Nothing is likelier than all zeros, half a nat below the typical set.
    expect(typicality(momentsOf(() => 0))).toBeCloseTo(-0.5, 6)
  })
})
