import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadAudio } from '../../../src/audio/files/audio-file.js'
import { decodedSource } from '../../../src/audio/files/audio-source.js'
import { createEngine } from '../../../src/engine/index.js'
import { calibrationFile, saveModelFolder } from '../../../src/models/files/model-folder.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import { s16ToSamples, samplesToS16 } from '../../../src/protocol/messages.js'
import { calibrationText, emptyCalibration } from '../../../src/scoring/calibration/file.js'
import { loadCalibration } from '../../../src/scoring/calibration/store.js'
import { TextureDetector } from '../../../src/scoring/texture/detector.js'
import { scoreInBlocks } from '../../../src/scoring/verdict/file-blocks.js'
import type { FileScore } from '../../../src/scoring/verdict/file-score.js'
import { tinyConfig, tinyWeights } from '../../tiny-model.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const options = { falseAlarmRate: 0.05, blockSeconds: 2 }
let running: TestServer
let recording: Float32Array
let folder: string
let sampleRate: number
/** What the library says of it in blocks. */
let wanted: FileScore

beforeAll(async () => {
  const speech = await loadAudio(join('test', 'fixtures', 'audio', 'speech.flac'))
  const [samples] = speech.channels as [Float32Array]
  sampleRate = speech.sampleRate
  const looped = Float32Array.from({ length: 2.6 * sampleRate }, (_, i) => samples[i % samples.length]!)
  // As the wire has it.
  recording = s16ToSamples(samplesToS16(looped))
  folder = await mkdtemp(join(tmpdir(), 'glowcast-blocks-'))
  const model = join(folder, 'model')
  await saveModelFolder(model, { config: tinyConfig, weights: tinyWeights(), card: '# tiny\n' })
  const detector = await TextureDetector.create(
    await createEngine('onnx', { threads: 1 }),
    await loadGlowcastModel(model),
    { chunkFrames: 64 },
  )
  // Of other weights, and as if its items were blocks: what is normal is the same for the stream and the file.
  const bundledPath = join(bundledModel, calibrationFile)
  const { density } = JSON.parse(await readFile(bundledPath, 'utf8')) as { density: string }
  const ofFiles = (await loadCalibration(bundledPath, density)).groups['full-band']!
  const blocks = { ...ofFiles, blockSeconds: 2, recordings: ofFiles.n, seconds: [2, 2] as [number, number] }
  const calibration = join(folder, 'blocks.json')
  const groups = { default: ofFiles, blocks }
  await writeFile(calibration, calibrationText({ ...emptyCalibration('texture', detector.model), groups }))
  const open = async () => decodedSource({ sampleRate, channels: [recording] })
  wanted = await scoreInBlocks('body', open, detector, {
    ...options,
    group: blocks,
    seed: 0,
    index: 0,
  })
  await detector.dispose()
  running = await startTestServer({
    backend: new MockBackend(20),
    model,
    calibration,
    limits: { drainMs: 100 },
  })
})
afterAll(async () => {
  await running.stop()
  await rm(folder, { recursive: true })
})

it('judges a stream as the library judges its file in blocks', async () => {
  const client = await RawClient.connect(running.url)
  client.send({ type: 'score', stream: 1, sampleRate, ...options })
  await client.until(() => client.all('scoring', 1).length > 0, 'scoring')
  expect(await client.next('scoring', 1)).toMatchObject({
    calibration: { name: 'blocks', blockSeconds: 2 },
    blockLength: 'same',
  })
  for (let from = 0, sequence = 0; from < recording.length; sequence++) {
    await client.until(() => client.scoreCredit(1) > from, 'credit')
    const piece = recording.subarray(from, Math.min(from + 5000, client.scoreCredit(1)))
    client.recording(1, sequence, from, piece)
    from += piece.length
  }
  client.send({ type: 'end', stream: 1 })
  await client.until(() => client.all('scored', 1).length > 0, 'scored')
  const blocks = client.all('block', 1)
  expect(wanted.blocks).toHaveLength(2)
  // The second block ends with the recording, and is as long as the first.
  expect(wanted.blocks![1]!.startSeconds).toBeCloseTo(0.6, 3)
  expect(blocks).toMatchObject(wanted.blocks!)
  for (const { warnings } of blocks) {
    expect(warnings.map(({ code }) => code)).not.toContain('LENGTH_MISMATCH')
  }
  const scored = await client.next('scored', 1)
  expect(scored.pValue).toBe(wanted.pValue)
  // What the last block shares with the one before counts once.
  expect(scored.natsPerSample).toBeCloseTo(wanted.natsPerSample!, 9)
  expect(scored.decision).toBe(wanted.decision)
  expect(scored.drift.tests).toBe(1)
})

it('judges a body in blocks when the group is of blocks', async () => {
  const response = await fetch(`${running.http}/v1/score?group=blocks&falseAlarmRate=0.05`, {
    method: 'POST',
    body: samplesToS16(recording),
    headers: { 'Content-Type': `audio/pcm;rate=${sampleRate}` },
  })
  const answer = (await response.json()) as FileScore & { calibration: object }
  expect(answer).toMatchObject({ ...wanted, calibration: { group: 'blocks' } })
})
