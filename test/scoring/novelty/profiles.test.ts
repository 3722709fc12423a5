import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import type { ContentStatistics } from '../../../src/scoring/novelty/measurement.js'
import { nearestDistance, profileOf, profileTable } from '../../../src/scoring/novelty/profiles.js'
import {
  contentDeviations,
  contentScore,
  fitContentReference,
} from '../../../src/scoring/novelty/statistics.js'

describe('profileOf', () => {
  it('is the mean, the deviation and the peak of each band', () => {
    const patches = { data: Float32Array.of(1, 10, 3, 10, 5, 40), frames: 3, channels: 2 }
    const profile = profileOf(patches)
    const wanted = [3, 20, Math.sqrt(8 / 3), Math.sqrt(200), 5, 40]
    // float32 values.
    profile.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 5)
    })
  })
})

describe('nearestDistance', () => {
  it('is the mean square in deviations to the nearest row', () => {
    const known = profileTable([Float32Array.of(0, 0), Float32Array.of(4, 2)])
    expect(nearestDistance(Float32Array.of(3, 4), known, [1, 2])).toBe(1)
    expect(nearestDistance(Float32Array.of(0, 0), known, [1, 2])).toBe(0)
    expect(nearestDistance(Float32Array.of(0, 0), known, [1, 2], new Set([0]))).toBe(8.5)
  })
})

const random = new RandomStream(7, 1)

/** A recording of one of two kinds of sounds, which are far apart. */
function recording(centre: number): ContentStatistics {
  const profile = Float32Array.from({ length: 6 }, () => centre + 0.3 * random.normal())
  return { profile, latentMeans: 0.01 * random.uniform(), latentVariances: 0.01 * random.uniform() }
}

function known(recordings: readonly ContentStatistics[]) {
  return profileTable(recordings.map(({ profile }) => profile))
}

describe('the neighbour feature group', () => {
  const normal = Array.from({ length: 20 }, (_, i) => recording(i % 2 === 0 ? 0 : 8))
  const others = (negatives: readonly ContentStatistics[]) =>
    negatives.length === 0 ? {} : { negatives: known(negatives) }
  const fitted = (negatives: readonly ContentStatistics[]) => {
    const profiles = { normal: known(normal), ...others(negatives) }
    const items = normal.map((statistics, row) => ({ statistics, ownRows: new Set([row]) }))
    return { reference: fitContentReference(items, profiles), profiles }
  }
  const scoreOf = (statistics: ContentStatistics, negatives: readonly ContentStatistics[] = []) =>
    contentScore(contentDeviations(fitted(negatives), statistics))

  it('knows that what lies between two kinds of normal sounds is none of them', () => {
    const usual = [recording(0), recording(8)].map((each) => scoreOf(each))
    // Deviations of the reference recordings: a normal one is rarely 4 away.
    for (const score of usual) expect(score).toBeLessThan(4)
    expect(scoreOf(recording(4))).toBeGreaterThan(6)
    expect(contentDeviations(fitted([]), recording(4)).profile).toBeLessThan(0)
  })

  it('finds what is like a negative sooner than what is as far on the other side', () => {
    const negatives = [recording(1.5), recording(1.5)]
    const [like, unlike] = [recording(1.5), recording(-1.5)]
    const lead = (known: readonly ContentStatistics[]) => scoreOf(like, known) - scoreOf(unlike, known)
    expect(lead(negatives)).toBeGreaterThan(lead([]) + 0.5)
  })

  it('does not take a recording for its own neighbour', () => {
    const { families } = fitted([]).reference
    // With itself among the known the distance would be 0, and its logarithm that of the least distance, −6.9.
    expect(families.neighbour!.mean).toBeGreaterThan(-6)
  })
})
