import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { BlockTest } from '../../../src/scoring/statistics/block-test.js'
import { conformalP } from '../../../src/scoring/statistics/conformal.js'
import { shareAmongHighest } from '../../../src/scoring/statistics/rank-tests.js'

const normals = (count: number, random: RandomStream) => Array.from({ length: count }, () => random.normal())

/** The verdict on blocks whose scores are changed, ranked among `n` normal ones. */
function verdictOf(
  n: number,
  tests: number,
  seed: number,
  change: (score: number, block: number) => number = (score) => score,
): BlockTest {
  const random = new RandomStream(seed, 0x7e57)
  const calibration = normals(n, random).sort((a, b) => a - b)
  const verdict = new BlockTest({ calibrationItems: n, driftFalseAlarmRate: 0.01, seed })
  for (const [index, score] of normals(tests, random).entries()) {
    verdict.push(conformalP(change(score, index), calibration, { seed, index }), true)
  }
  return verdict
}

describe('shareAmongHighest', () => {
  it('is the share that counting all orders gives', () => {
    // All ways to put 3 tests among 2 calibration items: the share with at least `least` tests above the rank-th.
    const orders = Array.from({ length: 32 }, (_, bits) =>
      Array.from({ length: 5 }, (_, i) => (bits >> i) & 1),
    ).filter((order) => order.reduce((sum, bit) => sum + bit, 0) === 3)
    for (const rank of [1, 2]) {
      for (const least of [0, 1, 2, 3]) {
        const above = orders.filter((order) => {
          let [calibration, tests] = [0, 0]
          for (const isTest of order) {
            if (isTest) tests += 1
            else if (++calibration === rank) break
          }
          return tests >= least
        })
        expect(shareAmongHighest({ n: 2, tests: 3, rank, least })).toBeCloseTo(above.length / 10, 12)
      }
    }
  })

  it('is a plain rank of a single test, and stays exact for a day of blocks', () => {
    expect(shareAmongHighest({ n: 99, tests: 1, rank: 3, least: 1 })).toBeCloseTo(0.03, 12)
    // One in n / (n + tests) of the highest is a test: the chance that the highest 20 all are.
    const chance = Array.from({ length: 20 }, (_, i) => (17_280 - i) / (17_280 + 174 - i))
    expect(shareAmongHighest({ n: 174, tests: 17_280, rank: 1, least: 20 })).toBeCloseTo(
      chance.reduce((product, share) => product * share, 1),
      9,
    )
    const rare = shareAmongHighest({ n: 174, tests: 720, rank: 1, least: 300 })
    expect(rare).toBeGreaterThan(0)
    expect(rare).toBeLessThan(1e-20)
  })
})

describe('BlockTest', () => {
  it.each([
    { tests: 5, refused: 2 },
    { tests: 720, refused: 26 },
    { tests: 5760, refused: 189 },
  ])('refuses a stream for as many of its blocks as the docs say: %o', ({ tests, refused }) => {
    // The unusual blocks are spread, so that they do not drift.
    const pValueWith = (count: number) => {
      const verdict = new BlockTest({ calibrationItems: 174, driftFalseAlarmRate: 0.01, seed: 0 })
      for (let i = 0; i < tests; i++) {
        const isUnusual = Math.floor(((i + 1) * count) / tests) > Math.floor((i * count) / tests)
        verdict.push(isUnusual ? 1 / 175 : (2 + ((37 * i) % 174)) / 175, false)
      }
      return verdict.pValue!
    }
    expect(pValueWith(refused)).toBeLessThanOrEqual(0.01)
    expect(pValueWith(refused - 1)).toBeGreaterThan(0.01)
  })

  it.each([
    { n: 174, tests: 5 },
    { n: 174, tests: 720 },
    { n: 60, tests: 200 },
  ])('refuses normal streams no more often than it says: %o', ({ n, tests }) => {
    const runs = 400
    let low = 0
    for (let seed = 0; seed < runs; seed++) {
      if (verdictOf(n, tests, seed).pValue! <= 0.1) low += 1
    }
    // At a chance of 0.1 more than 58 of 400 would happen once in a thousand; Bonferroni makes it fewer.
    expect(low).toBeLessThan(58)
  })

  it('is the p of a single block, and none of none', () => {
    const verdict = new BlockTest({ calibrationItems: 174, driftFalseAlarmRate: 0.01, seed: 0 })
    expect(verdict.pValue).toBeNull()
    verdict.push(0.04, true)
    expect(verdict.pValue).toBe(0.04)
  })

  it.each<[string, (score: number, block: number) => number]>([
    ['many blocks of eight hours here and there', (score, block) => (block % 30 === 0 ? 9 : score)],
    ['a bad half hour of eight', (score, block) => (block > 3000 && block < 3360 ? score + 3 : score)],
    ['all of them a little', (score) => score + 1],
    ['a minute and a quarter in a row', (score, block) => (block >= 2000 && block < 2015 ? 9 : score)],
  ])('finds %s', (_, change) => {
    for (let seed = 0; seed < 5; seed++) expect(verdictOf(174, 5760, seed, change).pValue).toBeLessThan(0.01)
  })

  it('tells one block of a few from the others only where the calibration is large', () => {
    const oneBad = (score: number, block: number) => (block === 2 ? 9 : score)
    expect(verdictOf(2000, 5, 1, oneBad).pValue).toBeLessThan(0.01)
    // 3 · 5 / 179: the docs say so.
    expect(verdictOf(174, 5, 1, oneBad).pValue).toBeGreaterThan(0.01)
  })
})
