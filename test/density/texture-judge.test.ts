import { describe, expect, it } from 'vitest'
import { calibrateGroup, splitItems } from '../../src/density/calibrate.js'
import type { GroupCalibration } from '../../src/density/calibration.js'
import type { Latents } from '../../src/density/likelihood.js'
import { plainReasons, type SurpriseSpread } from '../../src/density/reasons.js'
import type { StretchMeasurement } from '../../src/density/recording-meter.js'
import { peakOf, segmentsAbove } from '../../src/density/segments.js'
import type { SignalFacts } from '../../src/density/signal-facts.js'
import { judgeStretch } from '../../src/density/texture-judge.js'
import { familyNames, type StatisticFamily, textureStatistics } from '../../src/density/texture-statistics.js'
import { RandomStream } from '../../src/flow/random.js'
import { noise } from './signals.js'

const groupSize = 128
const groups = 120

const facts: SignalFacts = {
  sampleRate: 22_050,
  channels: 1,
  samples: 15_360,
  seconds: 0.7,
  levelDb: -20,
  truePeakDb: -6,
  loudnessLufs: -22,
  dc: 0,
  silenceShare: 0.1,
  clippedSamples: 0,
}
const sound = {
  noiseFloorDb: -40,
  upperBandDb: -20,
  topBandDb: -30,
  flatnessDb: -15,
  deepestGapDb: 9,
  shortGapDb: 15,
  longestFlatMs: 0.2,
  clickSharpness: 0.8,
  flatTopSamples: 0,
  mains50Db: 1,
  mains60Db: 1,
  mains100Db: 1,
  mains120Db: 1,
  fall20Db: 12,
  fall50Db: 20,
  liftedFall20Db: 14,
  liftedFall50Db: 22,
}

/** A stretch whose latents are standard normals, changed. */
function measured(
  seed: number,
  change: (z: number, group: number, bin: number) => number = (z) => z,
  changed: Partial<typeof sound> = {},
) {
  const values = noise(groups * groupSize, 1, seed)
  for (let i = 0; i < values.length; i++)
    values[i] = change(values[i]!, Math.floor(i / groupSize), i % groupSize)
  const latents: Latents = {
    values,
    logDet: new Float32Array(groups),
    groups,
    groupSize,
    groupsPerFrame: 2,
  }
  // The plain measures of recordings scatter; these by a fraction of a dB.
  const random = new RandomStream(seed, 1)
  const measures = {
    ...sound,
    deepestGapDb: 9 + 0.5 * random.normal(),
    mains50Db: 1 + 0.5 * random.normal(),
    clickSharpness: 0.8 + 0.2 * random.normal(),
    ...changed,
  }
  const waveform = new Float32Array(groups * groupSize).fill(0.1)
  const measurement: StretchMeasurement = {
    seconds: 0.7,
    natsPerSample: -5,
    statistics: textureStatistics(waveform, latents, measures),
    sound: measures,
  }
  return measurement
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const group: GroupCalibration = calibrateGroup(
  range(0, 40).map((seed) => [measured(seed)]),
  range(40, 140).map((seed) => measured(seed)),
  { seed: 0, date: '2026-01-01' },
)
const judge = (measurement: StretchMeasurement, index = 0) =>
  judgeStretch(measurement, facts, group, { falseAlarmRate: 0.01, tie: { seed: 0, index } })

describe('judgeStretch', () => {
  it('is uniform on what is like the calibration', () => {
    const ps = range(200, 300).map((seed) => judge(measured(seed), seed).pValue)
    // 100 tests against 100 items: the deviation of each share is 0.07.
    expect(ps.filter((p) => p <= 0.5).length / 100).toBeGreaterThan(0.25)
    expect(ps.filter((p) => p <= 0.5).length / 100).toBeLessThan(0.75)
    expect(Math.min(...ps)).toBeGreaterThanOrEqual(1 / 101)
  })

  it('marks a burst where it is, by a family-wise p, and calls it a click', () => {
    const verdict = judge(
      measured(300, (z, at, bin) => (at === 60 && bin > 64 ? 9 * z : z), { clickSharpness: 5 }),
    )
    expect(verdict.pValue).toBe(1 / 101)
    expect(verdict.segments).toHaveLength(1)
    expect(verdict.segments[0]).toMatchObject({ firstFrame: 30, endFrame: 31, sign: 1, pValue: 1 / 101 })
    expect(verdict.reasons).toEqual(['click'])
  })

  it('finds what is spread over the whole file by the family that sees it, in no segment', () => {
    const alike = measured(301)
    const smooth = measured(301, (z, _, bin) => (bin >= 48 && bin < 64 ? 0.75 * z : z))
    const verdict = judge(smooth)
    expect(verdict.pValue).toBe(1 / 101)
    expect(verdict.families.levels).toBeGreaterThan(judge(alike).families.levels + 2)
    expect(verdict.segments).toEqual([])
    expect(verdict.reasons).toEqual(['other'])
  })

  it('finds latents that are too likely: all at zero', () => {
    expect(judge(measured(302, (z) => 0.01 * z)).pValue).toBe(1 / 101)
  })
})

describe('calibrateGroup', () => {
  it('keeps its lists ascending and its items apart from those of the reference', () => {
    expect(group).toMatchObject({ n: 100, referenceItems: 40 })
    expect(group.scores).toEqual([...group.scores].sort((a, b) => a - b))
    const { aside, rest } = splitItems(range(0, 30), 1 / 3, 5)
    expect([...aside, ...rest].sort((a, b) => a - b)).toEqual(range(0, 30))
    expect(aside).toHaveLength(10)
    expect(splitItems(range(0, 30), 1 / 3, 6).aside).not.toEqual(aside)
  })

  it('wants at least 20 recordings for the reference', () => {
    const few = range(0, 19).map((seed) => measured(seed))
    const alone = few.map((recording) => [recording])
    expect(() => calibrateGroup(alone, few, { seed: 0, date: '' })).toThrow(/19 recordings.*at least 20/)
  })
})

describe('plainReasons', () => {
  const calm = Object.fromEntries(familyNames.map((name) => [name, 1])) as Record<StatisticFamily, number>
  const reasons = (
    surprises: Partial<typeof calm>,
    change: Partial<typeof sound> = {},
    changed: Partial<SignalFacts> = {},
    spread: Partial<SurpriseSpread> = {},
  ) =>
    plainReasons(
      { ...facts, ...changed },
      { ...sound, ...change },
      group.normal,
      { ...calm, ...surprises },
      { isUnlikely: true, isThroughout: false, ...spread },
    )

  it.each([
    ['hole', { gaps: 20, clicks: 12 }],
    ['click', { clicks: 12 }],
    ['hum', { mains: 9 }],
    ['clipping', { flatTops: 9 }],
    ['noise', { typicality: 30 }],
  ])('names %s by the family that sees it', (reason, surprises) => {
    expect(reasons(surprises)).toEqual([reason])
  })

  it.each([
    ['noise', { noiseFloorDb: -20 }],
    ['band-limited', { topBandDb: -60 }],
    ['wrong content', { flatnessDb: -2 }],
  ])('names %s by plain measures', (reason, change) => {
    expect(reasons({}, change)).toEqual([reason])
  })

  it('names loud clicks, however unlikely their own few frames', () => {
    expect(reasons({ typicality: 30_000, clicks: 30 })).toEqual(['click'])
  })

  it('does not call hiss a hole or clicks, nor what is too likely noise', () => {
    const hiss = { typicality: 100, gaps: 20, clicks: 20 }
    expect(reasons(hiss, {}, {}, { isThroughout: true })).toEqual(['noise'])
    expect(reasons(hiss, { flatnessDb: -2 }, {}, { isThroughout: true })).toEqual(['noise'])
    expect(reasons({ typicality: 100 }, {}, {}, { isUnlikely: false })).toEqual([])
  })

  it('names silence and clipping, and nothing where all is normal', () => {
    expect(reasons({}, {}, { silenceShare: 0.9 })).toEqual(['silence'])
    expect(reasons({}, {}, { clippedSamples: 100 })).toEqual(['clipping'])
    expect(reasons({})).toEqual([])
  })
})

describe('segmentsAbove', () => {
  it('joins frames that are near each other and keeps the sign of the peak', () => {
    const deviations = new Float64Array(30)
    deviations.set([5, 0, -9, 6], 3)
    deviations[20] = 4
    expect(segmentsAbove(deviations, 3)).toEqual([
      { firstFrame: 3, endFrame: 7, peak: 9, sign: -1 },
      { firstFrame: 20, endFrame: 21, peak: 4, sign: 1 },
    ])
    expect(peakOf(deviations)).toBe(9)
  })
})
