import { join } from 'node:path'
import { peakMemoryMb } from '../../src/cli/terminal/peak-memory.js'
import { createEngine } from '../../src/engine/index.js'
import { recordingChunkFrames } from '../../src/likelihood/likelihood.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { bundledModel } from '../../src/package-root.js'
import { loadCalibration } from '../../src/scoring/calibration/store.js'
import { readRecording } from '../../src/scoring/recording/recording.js'
import { TextureDetector } from '../../src/scoring/texture/detector.js'
import { scoreRecording } from '../../src/scoring/verdict/file-score.js'
import { madeUpSource } from '../scoring/verdict/made-up-source.js'

export interface LongRow {
  readonly task: string
  readonly realTimeFactor: number
  readonly peakMemoryMb: number
}

/** What a recording of an hour may take beyond one of five minutes: collection is late by some segments, not by all. */
const maxGrowthMb = 40

/**
 * Scoring of recordings that are made while they are read: speed, and the most memory that was held so far.
 *
 * @throws Error when memory grows with the length
 */
export async function longRecordings(minutes: readonly number[] = [5, 60]): Promise<LongRow[]> {
  const engine = await createEngine('onnx', { threads: 1 })
  const model = await loadGlowcastModel(bundledModel)
  const detector = await TextureDetector.create(engine, model, { chunkFrames: recordingChunkFrames })
  const path = join(bundledModel, 'calibration.json')
  const group = (await loadCalibration(path, detector.model)).groups['full-band']!
  const rows: LongRow[] = []
  try {
    for (const length of minutes) {
      const started = performance.now()
      const source = madeUpSource(60 * length, detector.sampleRate)
      const open = () => readRecording(source, 'long')
      await scoreRecording('long', open, detector, { group, falseAlarmRate: 0.01, seed: 0, index: 0 })
      rows.push({
        task: `score ${length} min`,
        realTimeFactor: (performance.now() - started) / 1000 / (60 * length),
        peakMemoryMb: peakMemoryMb(),
      })
    }
  } finally {
    await detector.dispose()
  }
  const growth = rows.at(-1)!.peakMemoryMb - rows[0]!.peakMemoryMb
  if (growth > maxGrowthMb) throw new Error(`memory grew by ${growth.toFixed(0)} MB with the length`)
  return rows
}
