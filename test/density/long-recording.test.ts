import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { bundledModel } from '../../src/cli/files.js'
import { loadCalibration } from '../../src/density/calibration.js'
import { scoreRecording } from '../../src/density/file-score.js'
import { blockSeconds, readRecording } from '../../src/density/recording.js'
import { RecordingMeter } from '../../src/density/recording-meter.js'
import { createEngine } from '../../src/engine/index.js'
import { tinyConfig, tinyWeights } from '../tiny-model.js'
import { madeUpSource } from './made-up-source.js'

/** Bytes in use once all that nobody holds is gone. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe('a long recording', () => {
  it('is scored in memory that does not grow with its length', async () => {
    const engine = await createEngine('onnx', { threads: 1 })
    const weights = { config: tinyConfig, weights: tinyWeights(), hash: 'tiny' }
    const meter = await RecordingMeter.create(engine, weights, { chunkFrames: 64 })
    const path = join(bundledModel, 'calibration.json')
    const { density } = JSON.parse(await readFile(path, 'utf8')) as { density: string }
    const group = (await loadCalibration(path, density)).groups['default']!
    const stretches = 5
    const held: number[] = []
    const shares: number[] = []
    const source = madeUpSource(stretches * blockSeconds, meter.sampleRate)
    const score = await scoreRecording('long', () => readRecording(source, 'long', meter.sampleRate), meter, {
      group,
      falseAlarmRate: 0.01,
      seed: 0,
      index: 0,
      onStretch: () => held.push(heldBytes()),
      onProgress: (share) => shares.push(share),
    })
    await meter.dispose()
    expect(score.error).toBeUndefined()
    expect(score.stretchPValues).toHaveLength(stretches)
    expect(shares).toHaveLength(stretches)
    expect(shares.at(-1)).toBeCloseTo(1, 2)
    // The samples of a stretch are 2.6 MB, and so are its latents: what is kept of three would be 15 MB.
    expect(held.at(-1)! - held[1]!).toBeLessThan(1e6)
  })
})
