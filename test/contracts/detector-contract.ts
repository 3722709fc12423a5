import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodedSource } from '../../src/audio/files/audio-source.js'
import type { CalibrationSet } from '../../src/scoring/calibration/file.js'
import { addGroup, calibrationAt } from '../../src/scoring/calibration/store.js'
import type { Detector, MeasuredSegment } from '../../src/scoring/detector.js'
import { readRecording } from '../../src/scoring/recording/recording.js'
import { scoreRecording } from '../../src/scoring/verdict/file-score.js'

export interface DetectorCase {
  readonly name: string
  create(): Promise<Detector>
  /** Seeds give recordings that are alike; mono at the detector's rate. */
  readonly normal: (seed: number) => Float32Array
  readonly unusual: (seed: number) => Float32Array
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const options = { seed: 0, date: '2026-01-01' }

/** What holds for every detector. */
export function detectorContract({ name, create, normal, unusual }: DetectorCase): void {
  describe(`the detector ${name}`, () => {
    let folder: string
    let detector: Detector
    let fitting: MeasuredSegment[]
    let items: MeasuredSegment[]
    let group: CalibrationSet

    const segment = (samples: Float32Array) => ({ samples, startSeconds: 2, margins: { lead: 0, behind: 0 } })
    const measured = async (samples: Float32Array) => (await detector.measure(segment(samples))).measurement
    const scored = (samples: Float32Array) => {
      const open = () =>
        readRecording(decodedSource({ sampleRate: detector.sampleRate, channels: [samples] }), 'a')
      return scoreRecording('a', open, detector, { ...settings, group })
    }
    const settings = { falseAlarmRate: 0.1, seed: 0, index: 0 }

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'glowcast-detector-'))
      detector = await create()
      fitting = []
      for (const seed of range(0, 24)) fitting.push(await measured(normal(seed)))
      items = []
      for (const seed of range(100, 120)) items.push(await measured(normal(seed)))
      group = detector.calibrate({ fitting: fitting.map((each) => [each]), items }, options)
    })
    afterAll(async () => {
      await detector.dispose()
      await rm(folder, { recursive: true })
    })

    it('calibrates on its items alone, in ascending order', () => {
      expect(group).toMatchObject({ n: 20, ...options })
      expect(group.scores).toEqual([...group.scores].sort((a, b) => a - b))
      const tie = { seed: 0, index: 0 }
      const scores = items.map((item) => detector.score(item, group, tie).score)
      expect(scores.sort((a, b) => a - b)).toEqual(group.scores)
      expect(() =>
        detector.calibrate({ fitting: fitting.map((each) => [each]), items: [] }, options),
      ).toThrow(expect.objectContaining({ code: 'INVALID_DATASET' }))
    })

    it('measures a segment alike, whatever came before it', async () => {
      expect(await measured(normal(100))).toEqual(items[0])
      expect(items[0]!.startSeconds).toBeCloseTo(2, 9)
      expect(items[0]!.seconds).toBeCloseTo(normal(100).length / detector.sampleRate, 9)
      expect(Number.isFinite(detector.natsOf(items[0]!))).toBe(true)
    })

    it('gives what is unlike the calibration the lowest p, and what is like it no such', async () => {
      const tie = { seed: 0, index: 0 }
      for (const seed of range(200, 203)) {
        const measurement = await measured(unusual(seed))
        const score = detector.score(measurement, group, tie)
        expect(score.pValue).toBe(1 / 21)
        expect(score.score).toBeGreaterThan(group.scores.at(-1)!)
      }
      const ps = []
      for (const seed of range(300, 320))
        ps.push(detector.score(await measured(normal(seed)), group, tie).pValue)
      expect(Math.max(...ps)).toBeLessThanOrEqual(1)
      // Expected: half of 20; fewer than 3 have a chance of 0.0002.
      expect(ps.filter((p) => p > 0.5).length).toBeGreaterThanOrEqual(3)
    })

    it('says what is wrong, within the segment', async () => {
      const samples = unusual(210)
      const recording = await readRecording(
        decodedSource({ sampleRate: detector.sampleRate, channels: [samples] }),
        'a',
      )
      const measurement = await measured(samples)
      const tie = { seed: 0, index: 0 }
      const score = detector.score(measurement, group, tie)
      const explained = { facts: recording.facts, normal: group, falseAlarmRate: 0.1, tie }
      const { reasons, anomalies } = detector.explain(measurement, score, explained)
      expect(reasons.length).toBeGreaterThan(0)
      for (const { startSeconds, endSeconds, pValue } of anomalies) {
        expect(startSeconds).toBeGreaterThanOrEqual(2)
        expect(endSeconds).toBeGreaterThanOrEqual(startSeconds)
        expect(endSeconds).toBeLessThanOrEqual(2 + samples.length / detector.sampleRate + 1e-9)
        expect(pValue).toBeGreaterThanOrEqual(1 / 21)
      }
    })

    it('decides on files, and answers what it cannot score', async () => {
      const refused = await scored(unusual(220))
      expect(refused.decision).not.toBe('accept')
      expect(refused.anomalies.length).toBeGreaterThan(0)
      const decisions = []
      for (const seed of range(400, 408)) decisions.push((await scored(normal(seed))).decision)
      // At 0.1: four or more of 8 are refused with a chance of 0.005.
      expect(decisions.filter((decision) => decision === 'accept').length).toBeGreaterThan(4)
      const short = await scored(normal(1).subarray(0, 1000))
      expect(short).toMatchObject({ pValue: null, decision: 'reject', error: { code: 'TOO_SHORT' } })
      const silent = await scored(new Float32Array(detector.sampleRate))
      expect(silent).toMatchObject({ decision: 'reject', reasons: ['silence'], error: { code: 'SILENT' } })
    })

    it('reads its calibration back, and refuses that of another model or another detector', async () => {
      const path = join(folder, 'calibration.json')
      await addGroup(path, detector, 'default', group)
      const { groups } = await calibrationAt(path, detector)
      expect(groups['default']!.scores).toEqual(group.scores.map((value) => Number(value.toPrecision(7))))
      const refusal = { code: 'INVALID_CALIBRATION', field: path }
      await expect(calibrationAt(path, { name: detector.name, model: 'b'.repeat(64) })).rejects.toMatchObject(
        {
          ...refusal,
          got: expect.stringContaining('of another model'),
        },
      )
      const other = detector.name === 'texture' ? 'novelty' : 'texture'
      await expect(calibrationAt(path, { name: other, model: detector.model })).rejects.toMatchObject({
        ...refusal,
        got: `a calibration of the ${detector.name} detector`,
      })
    })
  })
}
