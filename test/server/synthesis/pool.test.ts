import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Admission } from '../../../server/synthesis/admission.js'
import type { StreamEvents } from '../../../server/synthesis/backend.js'
import { SynthesisPool } from '../../../server/synthesis/pool.js'
import { GlowcastError } from '../../../src/errors.js'
import { bundledModel } from '../../../src/package-root.js'
import { failureOf } from '../../../src/threads/failure.js'
import { eventually } from '../../eventually.js'
import { type FakeThread, fakeThreads } from '../../threads/fake-thread.js'
import { mockMel } from '../mock-backend.js'

const ready = {
  type: 'ready',
  engine: 'fake',
  hash: 'a'.repeat(64),
  mel: mockMel,
  latency: { plain: [{ latencyFrames: 4, sufficientFrames: 5 }], combsByDefault: false },
  capacity: 4,
}

const pools: SynthesisPool[] = []

/** A pool of fakes, each of which says that it is ready unless the test takes that upon itself. */
async function pool(threads = 2) {
  const { started, start } = fakeThreads()
  const crashes: string[] = []
  const begin = { isReady: true }
  const options = {
    modelFolder: '/models/served',
    threads,
    onCrash: ({ message }: Error) => crashes.push(message),
    start: (...args: Parameters<typeof start>) => {
      const handle = start(...args)
      const thread = started.at(-1)!
      if (begin.isReady) queueMicrotask(() => thread.emit('message', ready))
      return handle
    },
  }
  const made = await SynthesisPool.start(options)
  pools.push(made)
  return { made, started, crashes, begin }
}

/** What a stream was told. */
function listener() {
  const told: string[] = []
  const events: StreamEvents = {
    audio: ({ length }) => told.push(`${length} samples`),
    utteranceEnded: () => told.push('ended'),
    late: () => told.push('late'),
    failed: ({ code }) => told.push(code),
  }
  return { told, events }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})
afterEach(async () => {
  const stopping = Promise.all(pools.splice(0).map((each) => each.stop()))
  await vi.advanceTimersByTimeAsync(20_000)
  await stopping
  vi.useRealTimers()
})

describe('a pool of synthesis threads', () => {
  it('tells every thread but the first which model is served', async () => {
    const { started, made } = await pool(2)
    expect(started.map(({ data }) => data)).toMatchObject([
      { modelFolder: '/models/served' },
      { modelFolder: '/models/served', hash: ready.hash },
    ])
    expect('hash' in started[0]!.data).toBe(false)
    expect(made.model).toMatchObject({ name: 'served', hash: ready.hash, latencyFrames: 4 })
    expect(made.trouble).toBeUndefined()
  })

  const ends: [string, (thread: FakeThread) => void][] = [
    ['exits with code 0', (thread) => thread.emit('exit', 0)],
    ['dies of an error', (thread) => thread.emit('error', new Error('a crash'))],
    ['says what nobody understands', (thread) => thread.emit('message', { type: 'riddle', stream: 0 })],
  ]
  it.each(ends)('that %s: its streams are told, the others go on, readiness says it', async (_, end) => {
    const { made, started, crashes, begin } = await pool(2)
    const [one, other] = [listener(), listener()]
    made.openStream({}, 100, one.events)
    made.openStream({}, 100, other.events)
    begin.isReady = false
    end(started[0]!)
    expect(one.told).toEqual(['ENGINE_FAILED'])
    expect(made.open).toBe(1)
    expect(made.trouble).toBe('synthesis: a thread is down (INTERNAL; the log says more)')
    started[1]!.emit('message', { type: 'audio', stream: 1, samples: new Float32Array(3) })
    expect(other.told).toEqual(['3 samples'])
    expect(crashes).toHaveLength(1)
    await eventually(() => expect(started).toHaveLength(3))
  })

  it('carries fewer streams while a thread says that it does, and within the limit as many as it says', async () => {
    const { made, started } = await pool(1)
    const admission = new Admission(made, { streams: 6 })
    const letIn = () => {
      const releases: (() => void)[] = []
      while (admission.refusal() === undefined) releases.push(admission.acquire())
      return releases
    }
    const held = letIn()
    expect(held).toHaveLength(4)
    started[0]!.emit('message', { type: 'capacity', capacity: 2.9 })
    expect(admission.capacity).toBe(2)
    expect(admission.open).toBe(4)
    held[0]!()
    held[1]!()
    expect(() => admission.acquire()).toThrow(/all 2 streams are taken/)
    started[0]!.emit('message', { type: 'capacity', capacity: 40 })
    expect(letIn()).toHaveLength(4)
    expect(admission.open).toBe(6)
    started[0]!.emit('message', { type: 'capacity', capacity: 0.2 })
    expect(admission.capacity).toBe(1)
  })

  it('spreads the streams of a client over the threads, wherever others have crowded theirs', async () => {
    const { made, started } = await pool(2)
    const open = (client: string) =>
      made.openStream({}, 100, listener().events, { client, connection: client })
    const opened = (thread: number) =>
      started[thread]!.sent.map((message) => (message as { payer: { client: string } }).payer?.client)
    const crowd = Array.from({ length: 4 }, () => open('crowd'))
    for (const stream of [crowd[0]!, crowd[2]!]) void stream.close()
    started[0]!.emit('message', { type: 'closed', stream: 0, totals: {} })
    started[0]!.emit('message', { type: 'closed', stream: 2, totals: {} })
    for (let stream = 0; stream < 4; stream++) open('other')
    for (const thread of [0, 1]) {
      expect(opened(thread).filter((client) => client === 'other')).toHaveLength(2)
    }
    open('third')
    expect(opened(0).at(-1)).toBe('third')
  })

  it('fails a stream alone whose input is to blame, with the reason', async () => {
    const { made, started, crashes } = await pool(1)
    const [one, other] = [listener(), listener()]
    made.openStream({}, 100, one.events)
    made.openStream({}, 100, other.events)
    const failure = failureOf(new GlowcastError('INVALID_MEL', 'mel frames 2 to 3', 'a', 'b'))
    started[0]!.emit('message', { type: 'failed', stream: 0, failure })
    started[0]!.emit('message', { type: 'ended', stream: 1, samples: new Float32Array(2), totals: {} })
    expect([one.told, other.told]).toEqual([['INVALID_MEL'], ['2 samples', 'ended']])
    expect(crashes).toEqual([])
  })

  it('goes on when the owner of a stream cannot take its audio', async () => {
    const { made, started, crashes } = await pool(1)
    const [one, other] = [listener(), listener()]
    const fails = () => {
      throw new Error('a mistake of ours')
    }
    made.openStream({}, 100, { ...one.events, audio: fails })
    made.openStream({}, 100, other.events)
    for (const stream of [0, 1]) {
      started[0]!.emit('message', { type: 'audio', stream, samples: new Float32Array(1) })
    }
    expect([one.told, other.told]).toEqual([['ENGINE_FAILED'], ['1 samples']])
    expect(started[0]!.sent).toContainEqual({ type: 'close', stream: 0 })
    expect(crashes).toEqual(['a stream could not take what was made for it'])
    expect(made.capacity).toBeGreaterThan(0)
  })

  it('ends a thread that is starting, and the wait for one, when it is stopped', async () => {
    const { made, started, begin } = await pool(1)
    begin.isReady = false
    started[0]!.emit('error', new Error('a crash'))
    expect(made.capacity).toBe(0)
    await eventually(() => expect(started).toHaveLength(2))
    const stopped = made.stop()
    expect(started[1]!.control.isStopping).toBe(true)
    started[1]!.emit('exit', 0)
    await stopped
    await vi.advanceTimersByTimeAsync(60_000)
    expect(started).toHaveLength(2)
  })

  it('does not start, and leaves nothing behind, when one of its threads does not', async () => {
    const { started, start } = fakeThreads()
    const options = { modelFolder: bundledModel, threads: 2, onCrash: () => undefined, start }
    const starting = SynthesisPool.start(options)
    started[0]!.emit('message', ready)
    await eventually(() => expect(started).toHaveLength(2))
    const failed = expect(starting).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      got: expect.stringMatching(/code 0/),
    })
    started[1]!.emit('exit', 0)
    await vi.advanceTimersByTimeAsync(10_000)
    await failed
    expect(started[0]!.isTerminated).toBe(true)
  })
})
