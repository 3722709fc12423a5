import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodedSource } from '../../../src/audio/files/audio-source.js'
import { resample } from '../../../src/audio/resample.js'
import { createEngine } from '../../../src/engine/index.js'
import { recordingChunkFrames } from '../../../src/likelihood/likelihood.js'
import { calibrationFile } from '../../../src/models/files/model-folder.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import { choiceAmong } from '../../../src/scoring/calibration/choose-set.js'
import type { GroupChoice } from '../../../src/scoring/calibration/condition.js'
import { type GroupCalibration, loadCalibration } from '../../../src/scoring/calibration/file.js'
import { readRecording } from '../../../src/scoring/recording/recording.js'
import { TextureDetector } from '../../../src/scoring/texture/detector.js'
import { type FileScore, scoreRecording } from '../../../src/scoring/verdict/file-score.js'
import { noise } from '../signals.js'

const sampleRate = 22_050
let detector: TextureDetector
let group: GroupCalibration
let byCondition: GroupChoice<GroupCalibration>

beforeAll(async () => {
  const model = await loadGlowcastModel(bundledModel)
  const engine = await createEngine('onnx', { threads: 1 })
  detector = await TextureDetector.create(engine, model, { chunkFrames: recordingChunkFrames })
  const { groups } = await loadCalibration(join(bundledModel, calibrationFile), detector.model)
  group = groups['full-band']!
  byCondition = choiceAmong(groups, 'auto')
})
afterAll(() => detector.dispose())

function scored(...channels: Float32Array[]): Promise<FileScore> {
  return scoredAmong(group, ...channels)
}

function scoredAmong(among: GroupChoice<GroupCalibration>, ...channels: Float32Array[]): Promise<FileScore> {
  const open = () => readRecording(decodedSource({ sampleRate, channels }), 'control')
  return scoreRecording('control', open, detector, { group: among, falseAlarmRate: 0.01, seed: 0, index: 0 })
}

const wave = (seconds: number, at: (time: number) => number) =>
  Float32Array.from({ length: seconds * sampleRate }, (_, i) => at(i / sampleRate))
const hum = (time: number) =>
  [1, 2, 3, 4, 5].reduce((sum, k) => sum + (0.1 / k) * Math.sin(2 * Math.PI * 50 * k * time), 0)

describe('controls that the bundled calibration must never accept', () => {
  it.each<[string, () => Float32Array]>([
    // Two segments: the smallest p of 99 items times two is above 0.01.
    ['white noise of more than half a minute', () => noise(31 * sampleRate, 0.3, 1)],
    ['white noise', () => noise(3 * sampleRate, 0.1, 2)],
    ['a sine', () => wave(3, (time) => 0.3 * Math.sin(2 * Math.PI * 440 * time))],
    ['a hum', () => wave(3, hum)],
    ['a constant', () => new Float32Array(3 * sampleRate).fill(0.5)],
    ['digital silence', () => new Float32Array(3 * sampleRate)],
  ])('%s', async (_, sound) => {
    expect((await scored(sound())).decision).toBe('reject')
  })

  it.each<[string, string, () => Float32Array]>([
    ['white noise', 'full-band', () => noise(3 * sampleRate, 0.1, 2)],
    ['white noise of 16 kHz', 'wide-band', () => resample(noise(3 * 16_000, 0.1, 2), 16_000, sampleRate)],
    ['white noise of a telephone', 'telephone', () => resample(noise(3 * 8000, 0.1, 2), 8000, sampleRate)],
    ['a sine', 'telephone', () => wave(3, (time) => 0.3 * Math.sin(2 * Math.PI * 440 * time))],
    ['a hum', 'telephone', () => wave(3, hum)],
  ])('%s, in the group that it chooses: %s', async (_, name, sound) => {
    const score = await scoredAmong(byCondition, sound())
    expect(score).toMatchObject({ groupChoice: { group: name }, decision: 'reject' })
  })

  it('channels that cancel each other', async () => {
    const sound = noise(sampleRate, 0.1, 3)
    const score = await scored(
      sound,
      sound.map((sample) => -sample),
    )
    expect(score).toMatchObject({ decision: 'reject', reasons: ['silence'], error: { code: 'SILENT' } })
    expect(score.warnings.map(({ code }) => code)).toEqual(['CHANNELS_CANCEL'])
  })
})
