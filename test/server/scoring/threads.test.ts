import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ScoringThreads } from '../../../server/scoring/threads.js'
import { floatsToBytes } from '../../../src/protocol/messages.js'
import { built } from '../../built.js'
import { saveCalibratedModel } from '../../scoring/calibrated-model.js'
import { noise } from '../../scoring/signals.js'

const sampleRate = 22_050
const settings = { falseAlarmRate: 0.01, seed: 0 }
let folder: string
let threads: ScoringThreads

/** Noise, of two segments by default. */
const body = (seconds = 31) =>
  ({
    ...settings,
    group: 'default',
    bytes: new Uint8Array(floatsToBytes(noise(seconds * sampleRate, 0.1))),
    raw: { sampleRate, channels: 1, format: 'f32le' },
    maxSeconds: 600,
  }) as const

beforeAll(async () => {
  await built('server', 'wasm')
  folder = await mkdtemp(join(tmpdir(), 'glowcast-threads-'))
  await saveCalibratedModel(folder)
  threads = await ScoringThreads.start({
    modelFolder: folder,
    calibrationFile: join(folder, 'calibration.json'),
    onCrash: () => undefined,
  })
})
afterAll(async () => {
  await threads.stop()
  await rm(folder, { recursive: true })
})

it('scores a block of a stream before the rest of a long recording', async () => {
  const { stream } = await threads.openStream(sampleRate, settings)
  const order: string[] = []
  const whole = [31, 5].map((seconds) =>
    threads.scoreBody(body(seconds), new AbortController().signal, 'client').then(({ input }) => {
      expect(input!.seconds).toBe(seconds)
      order.push('recording')
    }),
  )
  const block = { samples: noise(2 * sampleRate, 0.1), sampleRate, lead: 0, length: 2 * sampleRate }
  // The first is under way by then.
  await new Promise((resolve) => setTimeout(resolve, 500))
  await stream.scoreBlock(block, 0, 'default')
  order.push('block')
  await Promise.all(whole)
  stream.close()
  expect(order).toEqual(['block', 'recording', 'recording'])
})

it('ends recordings that nobody waits for, and no block that is scored within one', async () => {
  const { stream } = await threads.openStream(sampleRate, settings)
  const [first, second] = [new AbortController(), new AbortController()]
  const results = [
    threads.scoreBody(body(), first.signal, 'a'),
    threads.scoreBody(body(), second.signal, 'b'),
  ]
  const ends = results.map((result) => expect(result).rejects.toThrow('hung up'))
  second.abort(new Error('hung up'))
  await ends[1]
  const block = { samples: noise(2 * sampleRate, 0.1), sampleRate, lead: 0, length: 2 * sampleRate }
  const scored = stream.scoreBlock(block, 0, 'default')
  first.abort(new Error('hung up'))
  await ends[0]
  expect((await scored).score.pValue).toBeGreaterThan(0)
  stream.close()
})

it('tells a stream that its thread was started anew, and not that nothing came of its samples', async () => {
  const { stream } = await threads.openStream(sampleRate, settings)
  const { live } = threads as unknown as { live: { isAlive: boolean; thread: { handle: Worker } } }
  await live.thread.handle.terminate()
  expect(live.isAlive).toBe(false)
  // Nothing is started to forget it.
  stream.close()
  expect(live.isAlive).toBe(false)
  const other = await threads.openStream(sampleRate, settings)
  await expect(stream.push(noise(sampleRate, 0.1))).rejects.toMatchObject({ code: 'scoring_failed' })
  const { maps } = await other.stream.push(noise(sampleRate, 0.1))
  expect(maps.length).toBeGreaterThan(0)
  other.stream.close()
})
