import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GlowcastError } from '../../src/errors.js'
import { type StartThread, startWorker, WatchedThread } from '../../src/threads/watched-thread.js'
import { eventually } from '../eventually.js'
import { fakeThreads } from './fake-thread.js'

/** A watched thread, what came of it, and when it ended. */
function watched(start: StartThread, code = '', silentMs = Number.POSITIVE_INFINITY) {
  const messages: unknown[] = []
  const ends: Error[] = []
  let thread!: WatchedThread<unknown, unknown>
  const ended = new Promise<Error>((resolve) => {
    thread = new WatchedThread({
      url: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
      data: {},
      silentMs,
      start,
      onMessage: (message) => {
        if (message === 'unknown') throw new Error('a message of an unknown type')
        messages.push(message)
      },
      onEnd: (reason) => {
        ends.push(reason)
        resolve(reason)
      },
    })
  })
  return { thread, messages, ends, ended }
}

describe('a thread that ends by itself', () => {
  const wait = 'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => undefined);'
  it.each([
    ['exits with code 0', 'process.exit(0)', /ended by itself, with code 0/],
    ['ends its module', '', /ended by itself, with code 0/],
    ['throws', `${wait} setTimeout(() => { throw new Error('a crash') })`, /^a crash$/],
    ['rejects', `${wait} setTimeout(() => Promise.reject(new Error('a rejection')))`, /^a rejection$/],
    ['throws nothing', 'throw undefined', /something that is no error|undefined/],
    ['throws a string', 'throw "words"', /words/],
    ['throws what cannot be copied', 'throw Object.assign(new Error("odd"), { call() {} })', /odd/],
    ['throws a function', 'throw () => 1', /./],
    ['does not parse', 'let let', /reserved word/],
    ['lacks a module', 'import "./gone.js"', /gone|data:|Invalid/i],
  ])('that %s: it is told once, with the reason', async (_, code, reason) => {
    const { ended, ends, thread } = watched(startWorker, code)
    expect((await ended).message).toMatch(reason)
    await thread.end()
    expect(ends).toHaveLength(1)
    // Whoever still speaks to it is not harmed.
    thread.send('something')
  })

  it('keeps the parts of an error of ours', async () => {
    const parts = { name: 'GlowcastError', code: 'INVALID_MODEL', field: 'a', got: 'b', expected: 'c' }
    const code = `throw Object.assign(new Error('a: got b, expected c'), ${JSON.stringify(parts)})`
    const reason = await watched(startWorker, code).ended
    expect(reason).toBeInstanceOf(GlowcastError)
    expect(reason).toMatchObject({ code: 'INVALID_MODEL', message: 'a: got b, expected c' })
  })

  it('tells of one that cannot be started, after the call that asked for it', async () => {
    const { ended, ends, thread } = watched(() => {
      throw new Error('no more threads')
    })
    expect(ends).toEqual([])
    expect((await ended).message).toBe('no more threads')
    thread.send('something')
    await thread.end()
    expect(ends).toHaveLength(1)
  })
})

it('ends a thread that computes for ever', async () => {
  const busy = 'import { parentPort } from "node:worker_threads"; parentPort.postMessage(1); for (;;) {}'
  const { thread, messages, ended } = watched(startWorker, busy, 200)
  await eventually(() => expect(messages).toEqual([1]))
  thread.markReady()
  expect((await ended).message).toMatch(/hangs: it gave no sign of life for 0.2 s/)
  await thread.end()
})

describe('a thread that is watched', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is given up once it gives no sign of life for so long, and not before', async () => {
    const { started, start } = fakeThreads()
    const { thread, ends } = watched(start, '', 10_000)
    const [fake] = started
    thread.markReady()
    for (let second = 0; second < 60; second++) {
      fake!.control.beat()
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(ends).toEqual([])
    await vi.advanceTimersByTimeAsync(9000)
    expect(ends).toEqual([])
    await vi.advanceTimersByTimeAsync(2000)
    expect(ends).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/no sign of life for 10 s/) }),
    ])
    await vi.advanceTimersByTimeAsync(100)
    expect(fake!.isTerminated).toBe(true)
    // What it says later is not heard.
    fake!.emit('message', 'unknown')
    fake!.emit('error', new Error('late'))
    expect(ends).toHaveLength(1)
  })

  it('may take longer to start', async () => {
    const { start } = fakeThreads()
    const { ends } = watched(start, '', 10_000)
    await vi.advanceTimersByTimeAsync(110_000)
    expect(ends).toEqual([])
    await vi.advanceTimersByTimeAsync(25_000)
    expect(ends).toHaveLength(1)
  })

  it('is given up within a call that does not return, and not ended there', async () => {
    const { started, start } = fakeThreads()
    const { thread, ends } = watched(start, '', 10_000)
    const [fake] = started
    thread.markReady()
    fake!.control.enterEngine()
    for (let second = 0; second < 12; second++) {
      // Its loop turns; the call does not come back.
      fake!.control.beat()
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(ends).toEqual([expect.objectContaining({ message: expect.stringMatching(/call of the engine/) })])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fake!.isTerminated).toBe(false)
    expect(fake!.control.isStopping).toBe(true)
  })

  it('is asked to end first, and ended when it does not', async () => {
    const { started, start } = fakeThreads()
    const { thread, ends } = watched(start)
    const ending = thread.end()
    const [fake] = started
    expect(fake!.sent).toEqual([{ type: 'stop' }])
    expect(fake!.control.isStopping).toBe(true)
    await vi.advanceTimersByTimeAsync(2000)
    expect(fake!.isTerminated).toBe(false)
    await vi.advanceTimersByTimeAsync(2000)
    await ending
    expect(fake!.isTerminated).toBe(true)
    expect(ends).toHaveLength(1)
  })

  it('is given up when it says what nobody understands', async () => {
    const { started, start } = fakeThreads()
    const { ends } = watched(start)
    started[0]!.emit('message', 'unknown')
    expect(ends).toEqual([expect.objectContaining({ message: 'a message of an unknown type' })])
    const other = watched(start)
    started[1]!.emit('messageerror', new Error('cannot be read'))
    expect(other.ends).toEqual([expect.objectContaining({ message: 'cannot be read' })])
  })
})
