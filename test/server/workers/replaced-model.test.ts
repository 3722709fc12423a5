import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ScoringThreads } from '../../../server/scoring/threads.js'
import { SynthesisPool } from '../../../server/synthesis/pool.js'
import { saveModelFolder } from '../../../src/models/files/model-folder.js'
import { loadModel } from '../../../src/models/load-model.js'
import { floatsToBytes } from '../../../src/protocol/messages.js'
import { built } from '../../built.js'
import { eventually } from '../../eventually.js'
import { saveCalibratedModel } from '../../scoring/calibrated-model.js'
import { noise } from '../../scoring/signals.js'

const sampleRate = 22_050
let folder: string
let model: string
/** Of the same family and shape, with one other weight. */
let other: string

beforeAll(async () => {
  await built('server', 'wasm')
  folder = await mkdtemp(join(tmpdir(), 'glowcast-replaced-'))
  model = join(folder, 'model')
  other = join(folder, 'other')
  await saveCalibratedModel(model)
  const { config, weights } = await loadModel(model)
  const [first] = Object.values(weights)
  first!.data[0]! += 0.5
  await saveModelFolder(other, { config, weights, card: 'a test' })
})
afterAll(() => rm(folder, { recursive: true }))

/** Puts the other model in the place of the served one, and back. */
async function replaced(): Promise<() => Promise<void>> {
  await rename(model, join(folder, 'aside'))
  await rename(other, model)
  return async () => {
    await rename(model, other)
    await rename(join(folder, 'aside'), model)
  }
}

/** Its buffer is handed over. */
const body = () =>
  ({
    group: 'default',
    falseAlarmRate: 0.01,
    seed: 0,
    bytes: new Uint8Array(floatsToBytes(noise(sampleRate, 0.1))),
    raw: { sampleRate, channels: 1, format: 'f32le' },
    maxSeconds: 60,
  }) as const
const never = new AbortController().signal

it('scores nothing with another model, and scores again once it is put back', async () => {
  const crashes: string[] = []
  const threads = await ScoringThreads.start({
    modelFolder: model,
    calibrationFile: join(model, 'calibration.json'),
    onCrash: ({ message }) => crashes.push(message),
  })
  const putBack = await replaced()
  try {
    await expect(threads.scoreBody(body(), never, 'client')).rejects.toMatchObject({
      code: 'scoring_failed',
      message: expect.not.stringContaining(folder),
    })
    expect(crashes).toEqual([
      expect.stringMatching(/model: got another model, \w{12}, expected \w{12}, which is served/),
    ])
    expect(threads.trouble).toBe('scoring: a thread is down (INVALID_MODEL; the log says more)')
  } finally {
    await putBack()
  }
  // What was read at the start holds: the calibration is not read again.
  await writeFile(join(model, 'calibration.json'), 'broken')
  expect((await threads.scoreBody(body(), never, 'client')).decision).toMatch(/accept|retry|reject/)
  expect(threads.trouble).toBeUndefined()
  await threads.stop()
})

it('starts no synthesis thread of another model, and stops while one is starting', async () => {
  const crashes: string[] = []
  const pool = await SynthesisPool.start({
    modelFolder: model,
    threads: 1,
    onCrash: ({ message }) => crashes.push(message),
  })
  const { members, starting } = pool as unknown as {
    members: { thread: { handle: Worker } }[]
    starting: Set<unknown>
  }
  const putBack = await replaced()
  try {
    await members[0]!.thread.handle.terminate()
    await eventually(() => expect(crashes).toHaveLength(2))
    expect(crashes[1]).toMatch(/got another model/)
    expect(pool.capacity).toBe(0)
    expect(pool.trouble).toBe('synthesis: a thread is down (INVALID_MODEL; the log says more)')
  } finally {
    await putBack()
  }
  await eventually(() => expect(starting.size).toBe(1))
  await pool.stop()
  expect([starting.size, members.length]).toEqual([0, 0])
})
