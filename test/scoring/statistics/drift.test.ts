import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { conformalP } from '../../../src/scoring/statistics/conformal.js'
import { type DriftState, DriftTest, driftOf } from '../../../src/scoring/statistics/drift.js'

/** Runs a stream of scores, of which `scoreAt` says how test i deviates, against a calibration of its own. */
function run(
  seed: number,
  settings: { calibrationItems: number; tests: number; falseAlarmRate: number },
  scoreAt: (normal: number, test: number) => number = (normal) => normal,
): DriftState {
  const { calibrationItems, tests, falseAlarmRate } = settings
  const random = new RandomStream(seed, 9)
  const calibration = Array.from({ length: calibrationItems }, () => random.normal()).sort((a, b) => a - b)
  const drift = new DriftTest({ calibrationItems, falseAlarmRate, seed })
  for (let test = 0; test < tests; test++) {
    const score = scoreAt(random.normal(), test)
    drift.push(conformalP(score, calibration, { seed, index: test }))
  }
  return drift.state
}

const streams = Array.from({ length: 400 }, (_, seed) => seed)

describe('the drift of exchangeable recordings', () => {
  it.each([
    { calibrationItems: 244, tests: 500, falseAlarmRate: 0.1 },
    // A small calibration is off by much, and a long stream has the time to notice.
    { calibrationItems: 20, tests: 1500, falseAlarmRate: 0.1 },
  ])('is an alarm no more often than promised: %o', (settings) => {
    const alarms = streams.filter((seed) => run(seed, settings).alarm).length
    // Of 400 streams 40 may; 58 are three deviations more.
    expect(alarms).toBeLessThan(58)
  })

  it('keeps its capital on average', () => {
    const settings = { calibrationItems: 50, tests: 10, falseAlarmRate: 0.01 }
    const values = streams.map((seed) => Math.exp(run(seed, settings).logMartingale))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    // A fair bet: the mean is 1 within four standard errors.
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(variance / values.length))
  })
})

describe('the drift of others', () => {
  const settings = { calibrationItems: 244, tests: 300, falseAlarmRate: 0.01 }
  it.each<[string, (normal: number, test: number) => number]>([
    ['all a deviation worse', (normal) => normal + 1],
    ['all a deviation better', (normal) => normal - 1],
    ['every third far worse', (normal, test) => (test % 3 === 0 ? normal + 3 : normal)],
    ['a deviation and a half worse from the hundredth on', (normal, test) => normal + (test < 100 ? 0 : 1.5)],
  ])('is seen: %s', (_, scoreAt) => {
    const states = streams.slice(0, 50).map((seed) => run(seed, settings, scoreAt))
    // Two false alarms in a hundred streams before the change would be too many, and one miss in fifty is.
    expect(states.every(({ alarm }) => alarm)).toBe(true)
  })

  it('is told from the test on that raised the alarm, and stays', () => {
    const change = 100
    const state = run(3, settings, (normal, test) => normal + (test >= change && test < 160 ? 2 : 0))
    expect(state.alarmTest).toBeGreaterThan(change)
    expect(state.alarmTest).toBeLessThan(change + 40)
    expect(state.alarm).toBe(true)
    expect(state.tests).toBe(300)
  })
})

describe('the drift over files', () => {
  it('takes their segments in order', () => {
    const options = { calibrationItems: 99, falseAlarmRate: 0.01, seed: 1 }
    const test = new DriftTest(options)
    for (const p of [0.5, 0.02, 0.01]) test.push(p)
    expect(
      driftOf([{ segmentPValues: [0.5] }, { segmentPValues: [] }, { segmentPValues: [0.02, 0.01] }], options),
    ).toEqual(test.state)
  })

  it('stays finite at the smallest and the largest p-values, however many', () => {
    for (const p of [0.01, 1]) {
      const test = new DriftTest({ calibrationItems: 99, falseAlarmRate: 0.01, seed: 1 })
      for (let i = 0; i < 20_000; i++) test.push(p)
      expect(Number.isFinite(test.state.logMartingale)).toBe(true)
      expect(test.state.alarm).toBe(true)
    }
  })
})
