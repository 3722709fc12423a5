import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it, type Mock, vi } from 'vitest'
import { calibrationFile } from '../../../src/models/files/model-folder.js'
import { bundledModel } from '../../../src/package-root.js'
import type { FileScore } from '../../../src/scoring/verdict/file-score.js'
import { saveTinyModel, vowel, writeRecording } from '../vowel-recordings.js'

vi.mock('../../../src/audio/files/flac.js', async (original) => {
  const module = await original<typeof import('../../../src/audio/files/flac.js')>()
  return { ...module, openFlacDecoder: vi.fn(module.openFlacDecoder) }
})
vi.mock('../../../src/models/load-model.js', async (original) => {
  const module = await original<typeof import('../../../src/models/load-model.js')>()
  return { ...module, loadGlowcastModel: vi.fn(module.loadGlowcastModel) }
})

const file = 'test/fixtures/audio/speech-german.flac'

let modules: Awaited<ReturnType<typeof importModules>>
let openFlacDecoder: Mock
let loadGlowcastModel: Mock

/** Other files of this process may have loaded the modules without what is put in their place here. */
async function importModules() {
  vi.resetModules()
  return {
    ...(await import('../../../src/cli/jobs/detectors.js')),
    ...(await import('../../../src/cli/jobs/pool.js')),
    ...(await import('../../../src/scoring/calibration/store.js')),
    ...(await import('../memory-io.js')),
    ...(await import('../../../src/audio/files/flac.js')),
    ...(await import('../../../src/models/load-model.js')),
  }
}

beforeAll(async () => {
  modules = await importModules()
  openFlacDecoder = vi.mocked(modules.openFlacDecoder)
  loadGlowcastModel = vi.mocked(modules.loadGlowcastModel)
})
afterAll(() => vi.resetModules())
beforeEach(() => {
  openFlacDecoder.mockClear()
  loadGlowcastModel.mockClear()
})

it('a score loads the model once and decodes a file once', async () => {
  const { stdout } = await modules.runCli(['score', file, '--json', '--threads', '1'])
  const [answer] = JSON.parse(stdout) as [FileScore]
  expect(answer.pValue).toBeGreaterThan(0)
  expect(loadGlowcastModel).toHaveBeenCalledTimes(1)
  expect(openFlacDecoder).toHaveBeenCalledTimes(1)
})

it('several detectors share one decoding', async () => {
  const detector = { name: 'texture', folder: bundledModel } as const
  const loaded = await modules.loadDetector(detector)
  const { groups } = await modules.loadCalibration(join(bundledModel, calibrationFile), loaded.model)
  const ranked = { ...detector, group: groups['full-band']! }
  const settings = {
    engine: { engine: 'onnx', threads: 1 },
    // Of one kind: what is shared does not depend on it.
    detectors: [ranked, ranked],
    score: { falseAlarmRate: 0.01, seed: 0, withSegment: false },
  } as const
  const measured = modules.measureRecordings([file], settings, 1, () => undefined, [loaded, loaded])
  expect((await measured).results[0]!.score!.pValue).toBeGreaterThan(0)
  expect(loadGlowcastModel).toHaveBeenCalledTimes(1)
  expect(openFlacDecoder).toHaveBeenCalledTimes(1)
})

it('a calibration loads the model once for the recordings that fit and those that calibrate', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'glowcast-once-'))
  try {
    const model = join(folder, 'model')
    await saveTinyModel(model)
    for (let seed = 0; seed < 3; seed++) await writeRecording(join(folder, `${seed}.wav`), vowel(seed, 10.2))
    const options = ['--block-seconds', '0.5', '--jobs', '1', '--threads', '1', '--json']
    const { stdout } = await modules.runCli(['calibrate', '--model', model, '--data', folder, ...options])
    expect(JSON.parse(stdout)).toMatchObject({ recordings: 2 })
    expect(loadGlowcastModel).toHaveBeenCalledTimes(1)
  } finally {
    await rm(folder, { recursive: true })
  }
})
