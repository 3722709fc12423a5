import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resample } from '../../../../src/audio/resample.js'
import { encodeWav } from '../../../../src/audio/wav/wav.js'
import { createEngine } from '../../../../src/engine/index.js'
import { RandomStream } from '../../../../src/numeric/random.js'
import type { GroupCalibration } from '../../../../src/scoring/calibration/file.js'
import { blockRecording } from '../../../../src/scoring/recording/block-recording.js'
import { calibrateGroup } from '../../../../src/scoring/texture/calibration/calibrate.js'
import { TextureDetector } from '../../../../src/scoring/texture/detector.js'
import type { TextureMeasurement } from '../../../../src/scoring/texture/reference/meter.js'
import type { Anomaly } from '../../../../src/scoring/verdict/anomaly.js'
import { type FileScore, scoreRecording } from '../../../../src/scoring/verdict/file-score.js'
import { scoreFile } from '../../../../src/scoring/verdict/score-file.js'
import { sungVowel } from '../../../audio/voice-signals.js'
import { tinyConfigWithoutPitch as config, tinyWeights } from '../../../tiny-model.js'
import { noise } from '../../signals.js'

const sampleRate = 22_050
/** Of 40 calibration items: the smallest p is 1/41, and that of two segments 2/41. */
const options = { falseAlarmRate: 0.05, seed: 0, index: 0 }
let folder: string
let detector: TextureDetector
let group: GroupCalibration

/** A sung vowel in a little noise; each seed gives another pitch, level and noise. */
function voice(seed: number, seconds: number): Float32Array {
  const random = new RandomStream(seed, 12)
  const hz = 150 + 80 * random.uniform()
  const level = 0.1 + 0.2 * random.uniform()
  const breath = noise(Math.round(seconds * sampleRate), 0.002, seed)
  const { waveform } = sungVowel(breath.length, sampleRate, (time) => hz * (1 + 0.1 * Math.sin(4 * time)))
  return breath.map((sample, i) => sample + level * waveform[i]!)
}

/** A click of one sample and a dropout of 10 ms. */
function damaged(waveform: Float32Array, clickSeconds: number, dropoutSeconds: number): Float32Array {
  const result = waveform.slice()
  result[Math.round(clickSeconds * sampleRate)]! += 0.4
  const dropout = Math.round(dropoutSeconds * sampleRate)
  return result.fill(0, dropout, dropout + Math.round(0.01 * sampleRate))
}

async function scoreOf(waveform: Float32Array, rate: number, changed = group): Promise<FileScore> {
  const path = join(folder, 'recording.wav')
  const channels = [resample(waveform, sampleRate, rate)]
  await writeFile(path, encodeWav({ sampleRate: rate, channels }, { format: 'int16' }))
  return scoreFile(path, detector, { ...options, group: changed })
}

/** Resampling rings for a millisecond; without it, samples beside a dropout may be as small as those in it. */
function expectMarks(anomalies: readonly Anomaly[], clickSeconds: number, dropoutSeconds: number): void {
  const events = {
    click: [clickSeconds, clickSeconds],
    dropout: [dropoutSeconds, dropoutSeconds + 0.01],
  }
  for (const [kind, [start, end]] of Object.entries(events)) {
    const marks = anomalies.filter((anomaly) => anomaly.kind === kind)
    expect(marks.map(({ startSeconds }) => Math.abs(startSeconds - start!) < 0.001)).toEqual([true])
    expect(marks.map(({ endSeconds }) => Math.abs(endSeconds - end!) < 0.001)).toEqual([true])
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-marks-'))
  const engine = await createEngine('onnx', { threads: 1 })
  const model = { config, weights: tinyWeights(1, config), hash: '' }
  detector = await TextureDetector.create(engine, model, { chunkFrames: 64 })
  const measurements: TextureMeasurement[] = []
  for (let seed = 0; seed < 60; seed++) {
    const samples = voice(seed, 0.8)
    const segment = { samples, startSeconds: 0, margins: { lead: 0, behind: 0 } }
    measurements.push((await detector.measure(segment)).measurement)
  }
  const fitting = measurements.slice(0, 20).map((measurement) => [measurement])
  group = calibrateGroup(fitting, measurements.slice(20), { seed: 0, date: '2026-01-01' })
})
afterAll(async () => {
  await detector.dispose()
  await rm(folder, { recursive: true })
})

describe('the marks of a file', () => {
  it.each([22_050, 44_100, 48_000, 16_000])('are where the damage is, at %i Hz', async (rate) => {
    const { decision, anomalies } = await scoreOf(damaged(voice(700, 1), 0.3, 0.6), rate)
    expect(decision).toBe('reject')
    expectMarks(anomalies, 0.3, 0.6)
    for (const { pValue } of anomalies) expect(pValue).toBe(1 / 41)
  })

  it.each([22_050, 16_000])('are where a packet is played again, at %i Hz', async (rate) => {
    const waveform = voice(700, 1)
    waveform.copyWithin(11_025, 11_025 - 441, 11_025)
    const { reasons, anomalies } = await scoreOf(waveform, rate)
    expect(reasons).toContain('repeat')
    expect(anomalies.map(({ kind }) => kind)).toEqual(['repeat'])
    expect(anomalies[0]!.startSeconds).toBeCloseTo(0.5, 2)
    expect(anomalies[0]!.endSeconds).toBeCloseTo(0.52, 2)
  })

  it('are where the damage is in any segment of a long one, by a p of the whole file', async () => {
    const { anomalies, segmentPValues } = await scoreOf(damaged(voice(701, 36), 35.2, 3.3), sampleRate)
    expect(segmentPValues).toHaveLength(2)
    // In so much longer segments than those of the calibration something else stands out, too.
    const near = anomalies.filter(({ startSeconds }) =>
      [35.2, 3.3].some((seconds) => Math.abs(startSeconds - seconds) < 0.1),
    )
    expectMarks(near, 35.2, 3.3)
    for (const { pValue } of anomalies) expect(pValue).toBe(2 / 41)
  })

  it('are there when it is accepted, too', async () => {
    const lenient = { ...group, scores: group.scores.map(() => 1e9) }
    const score = await scoreOf(damaged(voice(700, 1), 0.3, 0.6), sampleRate, lenient)
    expect(score).toMatchObject({ decision: 'accept', reasons: [] })
    expectMarks(score.anomalies, 0.3, 0.6)
    const calm = await scoreOf(voice(700, 1), sampleRate, lenient)
    expect(calm).toMatchObject({ decision: 'accept', anomalies: [] })
  })

  it('end with the file at the latest', async () => {
    const waveform = voice(702, 1)
    const burst = noise(waveform.length, 0.3, 9)
    const { anomalies } = await scoreOf(
      waveform.map((sample, i) => (i < 0.8 * sampleRate ? sample : burst[i]!)),
      sampleRate,
    )
    expect(anomalies.at(-1)!.endSeconds).toBeLessThanOrEqual(1)
    expect(anomalies.at(-1)!.endSeconds).toBeGreaterThan(0.95)
  })

  it('are the whole of it when it is refused and no place stands out', async () => {
    const strict = { ...group, scores: group.scores.map(() => -1e9) }
    const { anomalies, pValue } = await scoreOf(voice(700, 1), sampleRate, strict)
    expect(anomalies).toEqual([{ startSeconds: 0, endSeconds: 1, kind: 'other', pValue }])
  })

  it.each([22_050, 16_000])('count from the start of a block of a stream at %i Hz', async (rate) => {
    const samples = resample(damaged(voice(703, 2), 0.9, 1.2), sampleRate, rate)
    const block = { samples, sampleRate: rate, lead: 0.5 * rate, length: 1.25 * rate }
    const open = async () => blockRecording(block)
    const { anomalies } = await scoreRecording('block', open, detector, { ...options, group })
    expectMarks(anomalies, 0.4, 0.7)
  })
})
