import { describe, expect, it } from 'vitest'
import type { SignalFacts } from '../../../src/audio/metering/signal-facts.js'
import type { Latents } from '../../../src/likelihood/likelihood.js'
import { RandomStream } from '../../../src/numeric/random.js'
import type { GroupCalibration } from '../../../src/scoring/calibration/file.js'
import { conformalP } from '../../../src/scoring/statistics/conformal.js'
import { calibrateGroup, holdOut } from '../../../src/scoring/texture/calibration/calibrate.js'
import { strongestEvent } from '../../../src/scoring/texture/events/reference.js'
import type { SoundEvents } from '../../../src/scoring/texture/features/sound-measures.js'
import {
  type FeatureGroup,
  featureGroupNames,
  textureStatistics,
} from '../../../src/scoring/texture/features/statistics.js'
import { explainSegment, scoreSegment } from '../../../src/scoring/texture/judge.js'
import type { TextureMeasurement } from '../../../src/scoring/texture/reference/meter.js'
import { plainReasons, type SurpriseSpread } from '../../../src/scoring/texture/reference/reasons.js'
import { noise } from '../signals.js'

const groupSize = 128
const groups = 120
const frameSeconds = 256 / 22_050

const facts: SignalFacts = {
  sampleRate: 22_050,
  channels: 1,
  samples: 15_360,
  seconds: 0.7,
  levelDb: -20,
  channelLevelsDb: [-20],
  mixLevelDb: -20,
  truePeakDb: -6,
  loudnessLufs: -22,
  dc: 0,
  silenceShare: 0.1,
  bandwidthHz: 11_025,
  clippedSamples: 0,
}
const sound = {
  noiseFloorDb: -40,
  upperBandDb: -20,
  topBandDb: -30,
  flatnessDb: -15,
  deepestDropoutDb: 9,
  shortDropoutDb: 15,
  maxFlatMs: 0.2,
  clickSharpness: 0.8,
  flatTopSamples: 0,
  repeatDb: 5,
  commonRepeatDb: 2,
  hum50Db: 1,
  hum60Db: 1,
  hum100Db: 1,
  hum120Db: 1,
}

/** A segment whose latents are standard normals, changed. */
function measured(
  seed: number,
  change: (z: number, group: number, bin: number) => number = (z) => z,
  changed: Partial<typeof sound> = {},
  found: Partial<SoundEvents> = {},
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
    deepestDropoutDb: 9 + 0.5 * random.normal(),
    hum50Db: 1 + 0.5 * random.normal(),
    clickSharpness: 0.8 + 0.2 * random.normal(),
    ...changed,
  }
  // Where the measures of a recording are found makes no difference to any but its marks.
  const somewhere = (strength: number) => [{ startSeconds: 0.05, endSeconds: 0.06, strength }]
  const events = {
    deepestDropoutDb: somewhere(measures.deepestDropoutDb),
    shortDropoutDb: somewhere(measures.shortDropoutDb),
    maxFlatMs: somewhere(measures.maxFlatMs),
    clickSharpness: somewhere(measures.clickSharpness),
    flatTopSamples: [],
    repeatDb: somewhere(measures.repeatDb),
  }
  const waveform = new Float32Array(groups * groupSize).fill(0.1)
  const measurement: TextureMeasurement = {
    startSeconds: 0,
    seconds: 0.7,
    natsPerSample: -5,
    statistics: textureStatistics(waveform, latents, measures),
    frameSeconds,
    sound: measures,
    events: { ...events, ...found },
  }
  return measurement
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const group: GroupCalibration = calibrateGroup(
  range(0, 40).map((seed) => [measured(seed)]),
  range(40, 140).map((seed) => measured(seed)),
  { seed: 0, date: '2026-01-01' },
)
const judge = (measurement: TextureMeasurement, index = 0, falseAlarmRate = 0.01) => {
  const tie = { seed: 0, index }
  const score = scoreSegment(measurement, group, tie)
  return { ...score, ...explainSegment(measurement, score, { facts, normal: group, falseAlarmRate, tie }) }
}

describe('a segment', () => {
  it('is uniform on what is like the calibration', () => {
    const ps = range(200, 300).map((seed) => judge(measured(seed), seed).pValue)
    // 100 tests against 100 items: the deviation of each share is 0.07.
    expect(ps.filter((p) => p <= 0.5).length / 100).toBeGreaterThan(0.25)
    expect(ps.filter((p) => p <= 0.5).length / 100).toBeLessThan(0.75)
    expect(Math.min(...ps)).toBeGreaterThanOrEqual(1 / 101)
  })

  it('marks what only the latents show by its frames, with a family-wise p', () => {
    const verdict = judge(measured(300, (z, at, bin) => (at === 60 && bin > 64 ? 9 * z : z)))
    expect(verdict.pValue).toBe(1 / 101)
    expect(verdict.anomalies).toEqual([
      { startSeconds: 30 * frameSeconds, endSeconds: 31 * frameSeconds, kind: 'noise', pValue: 1 / 101 },
    ])
    expect(verdict.reasons).toEqual(['noise'])
  })

  it('calls a longer burst noise, as far as it is heard', () => {
    const loud = (at: number) => (at >= 60 && at < 100 ? 4 : at >= 52 && at < 60 ? 1.6 : 1)
    const [mark, ...others] = judge(measured(303, (z, at) => loud(at) * z)).anomalies
    expect(others).toEqual([])
    expect(mark).toMatchObject({ kind: 'noise', pValue: 1 / 101 })
    // Its faint beginning too, whose first frames may hide.
    expect(mark!.startSeconds / frameSeconds).toBeGreaterThanOrEqual(26)
    expect(mark!.startSeconds / frameSeconds).toBeLessThan(29)
    expect(mark!.endSeconds / frameSeconds).toBeCloseTo(50, 9)
  })

  it('makes one mark of a burst and of the click in it: to the sample, and called a click', () => {
    const click = { startSeconds: 0.3505, endSeconds: 0.3506, strength: 5 }
    const change = (z: number, at: number, bin: number) => (at >= 60 && at < 64 && bin > 64 ? 9 * z : z)
    const verdict = judge(measured(300, change, { clickSharpness: 5 }, { clickSharpness: [click] }))
    const { startSeconds, endSeconds } = click
    expect(verdict.anomalies).toEqual([{ startSeconds, endSeconds, kind: 'click', pValue: 1 / 101 }])
    expect(verdict.reasons).toEqual(['click'])
  })

  it('marks each of several places by its own p, but no edge of a dropout as a click', () => {
    const at = (startSeconds: number, milliseconds: number, strength: number) => ({
      startSeconds,
      endSeconds: startSeconds + milliseconds / 1000,
      strength,
    })
    const found = {
      shortDropoutDb: [at(0.1, 10, 60), at(0.25, 3, 15)],
      maxFlatMs: [at(0.1001, 9.8, 9.8)],
      clickSharpness: [at(0.1098, 0.1, 4), at(0.6, 0.1, 5)],
      flatTopSamples: [],
      repeatDb: [],
    }
    const changed = { shortDropoutDb: 60, maxFlatMs: 9.8, clickSharpness: 5 }
    const { anomalies, reasons } = judge(measured(304, undefined, changed, found))
    expect(anomalies).toEqual([
      { startSeconds: 0.1, endSeconds: 0.1 + 0.01, kind: 'dropout', pValue: 1 / 101 },
      { startSeconds: 0.6, endSeconds: 0.6 + 0.0001, kind: 'click', pValue: 1 / 101 },
    ])
    expect(new Set(reasons)).toEqual(new Set(['dropout', 'click']))
  })

  it('marks a faint click that waveform and latents agree on, which neither would mark alone', () => {
    const faint = { startSeconds: 0.3505, endSeconds: 0.3506, strength: 1.2 }
    const change = (z: number, at: number, bin: number) => (at >= 60 && at < 62 && bin > 64 ? 1.3 * z : z)
    const sharp = { clickSharpness: 1.2 }
    const marksOf = (measurement: TextureMeasurement) => judge(measurement).anomalies
    expect(marksOf(measured(315, change))).toEqual([])
    expect(marksOf(measured(315, undefined, sharp, { clickSharpness: [faint] }))).toEqual([])
    expect(marksOf(measured(315, change, sharp, { clickSharpness: [faint] }))).toMatchObject([
      { startSeconds: 0.3505, kind: 'click' },
    ])
  })

  it('marks clipping at every flat top of a clipped recording', () => {
    const tops = [0.1, 0.4].map((startSeconds) => ({
      startSeconds,
      endSeconds: startSeconds + 0.001,
      strength: 80,
    }))
    const verdict = judge(measured(306, undefined, { flatTopSamples: 80 }, { flatTopSamples: tops }))
    expect(verdict.anomalies.map(({ startSeconds, kind }) => [startSeconds, kind])).toEqual([
      [0.1, 'clipping'],
      [0.4, 'clipping'],
    ])
  })

  it('has marks in no more normal recordings than was asked for', () => {
    const marked = range(200, 300).filter((seed) => {
      const measurement = measured(seed)
      const { anomalies } = judge(measurement, seed, 0.1)
      // Nothing but the strongest place decides whether there is any mark.
      const isOut =
        conformalP(strongestEvent(group, measurement), group.events, { seed: 0, index: seed }) <= 0.1
      expect(anomalies.length > 0).toBe(isOut)
      return isOut
    })
    // 100 tests against 100 items at 0.1: the deviation of the number is 4.2.
    expect(marked.length).toBeLessThanOrEqual(23)
  })

  it('finds what is spread over the whole file by the feature group that sees it, without a mark', () => {
    const alike = measured(301)
    const smooth = measured(301, (z, _, bin) => (bin >= 48 && bin < 64 ? 0.75 * z : z))
    const verdict = judge(smooth)
    expect(verdict.pValue).toBe(1 / 101)
    expect(verdict.featureGroups.levels).toBeGreaterThan(judge(alike).featureGroups.levels + 2)
    expect(verdict.anomalies).toEqual([])
    expect(verdict.reasons).toEqual(['other'])
  })

  it('finds latents that are too likely: all at zero', () => {
    expect(judge(measured(302, (z) => 0.01 * z)).pValue).toBe(1 / 101)
  })
})

describe('calibrateGroup', () => {
  it('keeps its lists ascending and its items apart from those of the reference', () => {
    expect(group).toMatchObject({ n: 100, referenceItems: 40 })
    for (const list of [group.scores, group.events]) {
      expect(list).toHaveLength(100)
      expect(list).toEqual(list.toSorted((a, b) => a - b))
    }
    const { heldOut, rest } = holdOut(range(0, 30), 1 / 3, 5)
    expect([...heldOut, ...rest].sort((a, b) => a - b)).toEqual(range(0, 30))
    expect(heldOut).toHaveLength(10)
    expect(holdOut(range(0, 30), 1 / 3, 6).heldOut).not.toEqual(heldOut)
  })

  it('wants at least 20 recordings for the reference', () => {
    const few = range(0, 19).map((seed) => measured(seed))
    const alone = few.map((recording) => [recording])
    expect(() => calibrateGroup(alone, few, { seed: 0, date: '' })).toThrow(/19 recordings.*at least 20/)
  })
})

describe('plainReasons', () => {
  const calm = Object.fromEntries(featureGroupNames.map((name) => [name, 1])) as Record<FeatureGroup, number>
  const reasons = (
    surprisals: Partial<typeof calm>,
    change: Partial<typeof sound> = {},
    changed: Partial<SignalFacts> = {},
    spread: Partial<SurpriseSpread> = {},
  ) =>
    plainReasons(
      { ...facts, ...changed },
      { ...sound, ...change },
      group.normal,
      { ...calm, ...surprisals },
      { isUnlikely: true, isThroughout: false, ...spread },
    )

  it.each([
    ['dropout', { dropouts: 20, clicks: 12 }],
    ['click', { clicks: 12 }],
    ['repeat', { repeats: 12, clicks: 12 }],
    ['repeat', { stretching: 9 }],
    ['hum', { hum: 9 }],
    ['clipping', { clipping: 9 }],
    ['noise', { typicality: 30 }],
  ])('names %s by the feature group that sees it', (reason, surprisals) => {
    expect(reasons(surprisals)).toEqual([reason])
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

  it('does not call hiss a dropout or clicks, nor what is too likely noise', () => {
    const hiss = { typicality: 100, dropouts: 20, clicks: 20 }
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
