import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import {
  type FeatureGroupItem,
  featureSurprisal,
  fitFeatureGroup,
} from '../../../src/scoring/statistics/feature-reference.js'
import { fitTail, surprisalAt } from '../../../src/scoring/statistics/tail.js'
import { combinedSurprisal } from '../../../src/scoring/texture/reference/reference.js'

describe('fitTail', () => {
  const random = new RandomStream(1, 2)
  const exponential = Array.from({ length: 2000 }, () => -Math.log(random.uniform()))
  const tail = fitTail(exponential)

  it('gives back −ln of the tail of an exponential, far out too', () => {
    // Deviations of the quantiles of 2000 are 0.02 in the body; the tail's scale of 200 is within 0.07: three of them.
    for (const distance of [0.2, 0.7, 1.5]) expect(surprisalAt(tail, distance)).toBeCloseTo(distance, 0.9)
    expect(surprisalAt(tail, 12) / 12).toBeGreaterThan(0.75)
    expect(surprisalAt(tail, 12) / 12).toBeLessThan(1.25)
  })

  it('never falls with the distance, and is 0 at the nearest', () => {
    let last = 0
    for (let distance = 0; distance < 20; distance += 0.01) {
      const surprisal = surprisalAt(tail, distance)
      expect(surprisal).toBeGreaterThanOrEqual(last)
      last = surprisal
    }
    expect(surprisalAt(tail, Math.min(...exponential) - 1)).toBe(0)
  })

  it('is finite for counts that are mostly equal', () => {
    const counts = Array.from({ length: 100 }, (_, i) => (i === 99 ? 2 : 0))
    expect(surprisalAt(fitTail(counts), 2)).toBeLessThan(20)
    expect(surprisalAt(fitTail(counts.map(() => 0)), 2)).toBeLessThan(50)
  })

  it('is 0 of what is as near as most', () => {
    const counts = Array.from({ length: 100 }, (_, i) => (i < 95 ? 0 : i - 90))
    expect(surprisalAt(fitTail(counts), 0)).toBe(0)
    expect(surprisalAt(fitTail(counts.map(() => 0)), 0)).toBe(0)
    expect(surprisalAt(fitTail(counts), 5)).toBeGreaterThan(2)
  })
})

describe('fitFeatureGroup', () => {
  /** Recordings of 1 to 8 s whose statistics scatter as the root of their length, about a mean that grows with it. */
  function items(count: number, seed: number): FeatureGroupItem[] {
    const random = new RandomStream(seed, 3)
    return Array.from({ length: count }, () => {
      const logLength = Math.log(8) * random.uniform()
      const scatter = Math.exp(-0.5 * logLength)
      return {
        logLength,
        logLevel: -3,
        values: [logLength + scatter * random.normal(), scatter * random.normal()],
      }
    })
  }
  const alone = (all: readonly FeatureGroupItem[]) => all.map((item) => [item])
  const fitted = fitFeatureGroup(alone(items(300, 1)), { isOneSided: false, growsWithLength: true })

  it('finds short and long recordings as usual as others', () => {
    const fresh = items(2000, 2)
    const shareBeyond = (test: (item: FeatureGroupItem) => boolean) => {
      const chosen = fresh.filter(test)
      return chosen.filter((item) => featureSurprisal(fitted, item) > Math.log(20)).length / chosen.length
    }
    // Wanted 0.05. Of 300 that fitted, 30 make the tail: a share within a factor of two is what can be had.
    for (const test of [
      ({ logLength }: FeatureGroupItem) => logLength < 0.7,
      ({ logLength }: FeatureGroupItem) => logLength > 1.4,
    ]) {
      expect(shareBeyond(test)).toBeGreaterThan(0.02)
      expect(shareBeyond(test)).toBeLessThan(0.1)
    }
  })

  it('expects what it saw of long recordings of longer ones, unless the statistic grows', () => {
    const bound = fitFeatureGroup(alone(items(300, 1)), { isOneSided: false, growsWithLength: false })
    const scale = Math.exp(-0.5 * Math.log(8))
    // Sixteen times as long as any: what was normal at the longest still is.
    const longer = { logLength: Math.log(128), logLevel: -3, values: [Math.log(8) + scale, scale] }
    expect(featureSurprisal(bound, longer)).toBeLessThan(3)
    expect(featureSurprisal(fitted, longer)).toBeGreaterThan(10)
  })

  it('expects more noise of what is quieter, where copies were measured', () => {
    /** Log level of a band with a floor of rounding beneath it, which scatters by a tenth. */
    const at = (logLevel: number, random: RandomStream): FeatureGroupItem => ({
      logLength: 0,
      logLevel,
      values: [Math.log(1 + Math.exp(-2 * logLevel - 6)) + 0.1 * random.normal()],
    })
    const kind = { isOneSided: false, growsWithLength: false }
    const random = new RandomStream(4, 3)
    const levels = Array.from({ length: 200 }, () => -2.5 + 0.2 * random.normal())
    const withCopies = fitFeatureGroup(
      levels.map((level) => [at(level, random), at(level - 0.9, random), at(level - 1.8, random)]),
      kind,
    )
    const withoutCopies = fitFeatureGroup(
      levels.map((level) => [at(level, random)]),
      kind,
    )
    const mean = (reference: typeof withCopies, level: number) =>
      Array.from({ length: 200 }, () => featureSurprisal(reference, at(level, random))).reduce(
        (a, b) => a + b,
      ) / 200
    // −ln of a uniform p is 1 in the mean; the curve is not quite the parabola that is fitted.
    for (const level of [-2.5, -3.2, -4]) {
      expect(mean(withCopies, level)).toBeGreaterThan(0.5)
      expect(mean(withCopies, level)).toBeLessThan(2)
    }
    expect(mean(withoutCopies, -4)).toBeGreaterThan(5)
    // Noise is no more usual in a recording that is as loud as the reference.
    const noisy = { logLength: 0, logLevel: -2.5, values: at(-4, random).values }
    expect(featureSurprisal(withCopies, noisy)).toBeGreaterThan(8)
  })

  it('takes either side when two-sided, and only large values when one-sided', () => {
    const oneSided = fitFeatureGroup(alone(items(300, 1)), { isOneSided: true, growsWithLength: true })
    const low = { logLength: 1, logLevel: -3, values: [1, -8] }
    const high = { logLength: 1, logLevel: -3, values: [1, 8] }
    expect(featureSurprisal(fitted, low)).toBeGreaterThan(10)
    expect(featureSurprisal(fitted, high)).toBeGreaterThan(10)
    expect(featureSurprisal(oneSided, low)).toBeLessThan(3)
    expect(featureSurprisal(oneSided, high)).toBeGreaterThan(10)
  })
})

describe('combinedSurprisal', () => {
  it('lets one feature group decide, and several count together', () => {
    const calm = Array<number>(14).fill(0.7)
    expect(combinedSurprisal([20, ...calm])).toBeGreaterThan(20)
    expect(combinedSurprisal([20, ...calm])).toBeLessThan(20.1)
    expect(combinedSurprisal([4, 4, 4, ...calm])).toBeGreaterThan(combinedSurprisal([4.5, ...calm]))
  })
})
