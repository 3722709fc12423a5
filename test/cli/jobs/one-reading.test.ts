import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { openFlacDecoder } from '../../../src/audio/files/flac.js'
import { loadDetector } from '../../../src/cli/jobs/detectors.js'
import { measureRecordings } from '../../../src/cli/jobs/pool.js'
import { calibrationFile } from '../../../src/models/files/model-folder.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import { loadCalibration } from '../../../src/scoring/calibration/file.js'
import type { FileScore } from '../../../src/scoring/verdict/file-score.js'
import { runCli } from '../memory-io.js'

vi.mock('../../../src/audio/files/flac.js', async (original) => {
  const module = await original<typeof import('../../../src/audio/files/flac.js')>()
  return { ...module, openFlacDecoder: vi.fn(module.openFlacDecoder) }
})
vi.mock('../../../src/models/load-model.js', async (original) => {
  const module = await original<typeof import('../../../src/models/load-model.js')>()
  return { ...module, loadGlowcastModel: vi.fn(module.loadGlowcastModel) }
})

const file = 'test/fixtures/audio/speech-german.flac'

beforeEach(() => {
  vi.mocked(openFlacDecoder).mockClear()
  vi.mocked(loadGlowcastModel).mockClear()
})

it('a score loads the model once and decodes a file once', async () => {
  const { stdout } = await runCli(['score', file, '--json'])
  const [answer] = JSON.parse(stdout) as [FileScore]
  expect(answer.pValue).toBeGreaterThan(0)
  expect(loadGlowcastModel).toHaveBeenCalledTimes(1)
  expect(openFlacDecoder).toHaveBeenCalledTimes(1)
})

it('several detectors share one decoding', async () => {
  const detector = { name: 'texture', folder: bundledModel } as const
  const loaded = await loadDetector(detector)
  const { groups } = await loadCalibration(join(bundledModel, calibrationFile), loaded.model)
  const ranked = { ...detector, group: groups['default']! }
  const settings = {
    engine: { engine: 'onnx', threads: 1 },
    // Of one kind: what is shared does not depend on it.
    detectors: [ranked, ranked],
    score: { falseAlarmRate: 0.01, seed: 0, withSegment: false },
  } as const
  const measured = measureRecordings([file], settings, 1, () => undefined, [loaded, loaded])
  expect((await measured).results[0]!.score!.pValue).toBeGreaterThan(0)
  expect(loadGlowcastModel).toHaveBeenCalledTimes(1)
  expect(openFlacDecoder).toHaveBeenCalledTimes(1)
})
