import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEngine } from '../../../src/engine/index.js'
import { bundledModel } from '../../../src/package-root.js'
import { loadCalibration } from '../../../src/scoring/calibration/store.js'
import { blockSeconds } from '../../../src/scoring/recording/lengths.js'
import { readRecording } from '../../../src/scoring/recording/recording.js'
import { TextureDetector } from '../../../src/scoring/texture/detector.js'
import { scoreRecording } from '../../../src/scoring/verdict/file-score.js'
import { tinyConfigWithoutPitch as config, tinyWeights } from '../../tiny-model.js'
import { madeUpSource } from './made-up-source.js'

describe('a long recording', () => {
  // That memory does not grow with the length is `npm run bench`'s to measure: a collection comes when it likes.
  it('is scored segment by segment, and tells how much is done', async () => {
    const engine = await createEngine('onnx', { threads: 1 })
    const model = { config, weights: tinyWeights(1, config), hash: 'tiny' }
    const detector = await TextureDetector.create(engine, model, { chunkFrames: 64 })
    const path = join(bundledModel, 'calibration.json')
    const { density } = JSON.parse(await readFile(path, 'utf8')) as { density: string }
    const group = (await loadCalibration(path, density)).groups['full-band']!
    const segments = 2
    let told = 0
    const shares: number[] = []
    const source = madeUpSource(segments * blockSeconds, detector.sampleRate)
    const score = await scoreRecording('long', () => readRecording(source, 'long'), detector, {
      group,
      falseAlarmRate: 0.01,
      seed: 0,
      index: 0,
      onSegment: () => {
        told += 1
      },
      onProgress: (share) => shares.push(share),
    })
    await detector.dispose()
    expect(score.error).toBeUndefined()
    expect(score.segmentPValues).toHaveLength(segments)
    expect(shares).toHaveLength(segments)
    expect(shares.at(-1)).toBeCloseTo(1, 2)
    expect(told).toBe(segments)
  })
})
