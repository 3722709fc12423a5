import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEngine } from '../../src/engine/index.js'
import { calibrationFile, saveModelFolder } from '../../src/models/files/model-folder.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { calibrationText, emptyCalibration } from '../../src/scoring/calibration/file.js'
import { TextureDetector } from '../../src/scoring/texture/detector.js'
import type { TextureMeasurement } from '../../src/scoring/texture/reference/meter.js'
import { tinyConfigWithoutPitch as config, tinyWeights } from '../tiny-model.js'
import { noise } from './signals.js'

/** A tiny model that scores: its group "default" is of a few noises, for tests that ask for no certain p-value. */
export async function saveCalibratedModel(folder: string): Promise<void> {
  await saveModelFolder(folder, { config, weights: tinyWeights(1, config), card: '# tiny\n' })
  const engine = await createEngine('onnx', { threads: 1 })
  // As it is read: its calibration is of these weights.
  const detector = await TextureDetector.create(engine, await loadGlowcastModel(folder))
  const measurements: TextureMeasurement[] = []
  for (let seed = 0; seed < 21; seed++) {
    const samples = noise(detector.sampleRate / 2, 0.1, seed)
    const segment = { samples, startSeconds: 0, margins: { lead: 0, behind: 0 } }
    measurements.push((await detector.measure(segment)).measurement)
  }
  await detector.dispose()
  const fitting = measurements.slice(1).map((measurement) => [measurement])
  const group = detector.calibrate(
    { fitting, items: measurements.slice(0, 1) },
    { seed: 0, date: '2026-01-01' },
  )
  const calibration = { ...emptyCalibration('texture', detector.model), groups: { default: group } }
  await writeFile(join(folder, calibrationFile), calibrationText(calibration))
}
