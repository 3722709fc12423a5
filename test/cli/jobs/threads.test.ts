import { expect, it } from 'vitest'
import type { DensityTaskSettings } from '../../../src/cli/jobs/contract.js'
import { DensityThreads } from '../../../src/cli/jobs/threads.js'
import { GlowcastError } from '../../../src/errors.js'
import { failureOf } from '../../../src/threads/failure.js'
import { type FakeThread, fakeThreads } from '../../threads/fake-thread.js'

const settings = {
  detectors: [{ name: 'texture', folder: 'models/a' }],
  engine: { engine: 'onnx' },
} satisfies DensityTaskSettings
const ready = { type: 'ready', engine: 'fake', hash: 'a' }
const files = ['a.wav', 'b.wav', 'c.wav']

/** Two threads at three files; the fakes end when they are asked to. */
function measuring() {
  const { started, start } = fakeThreads()
  const done: number[] = []
  const threads = new DensityThreads(
    files,
    (count) => done.push(count),
    (...args) => {
      const handle = start(...args)
      const thread = started.at(-1)!
      thread.postMessage = (message) => {
        thread.sent.push(message)
        if ('type' in (message as object)) queueMicrotask(() => thread.emit('exit', 0))
      }
      return handle
    },
  )
  const result = threads.run(2, () => settings)
  const answer = (thread: FakeThread, index: number) => {
    thread.emit('message', { type: 'result', index, result: { skipped: `${index}` } })
  }
  return { started, result, done, answer }
}

it('gives each thread the next recording, and the results in their order', async () => {
  const { started, result, done, answer } = measuring()
  const [one, two] = started as [FakeThread, FakeThread]
  one.emit('message', ready)
  two.emit('message', ready)
  answer(two, 1)
  two.emit('message', { type: 'progress', index: 2, share: 0.5 })
  answer(two, 2)
  answer(one, 0)
  expect(await result).toEqual({ engine: 'fake', results: ['0', '1', '2'].map((skipped) => ({ skipped })) })
  expect(done.at(-1)).toBe(3)
  expect(done).toContain(1.5)
  expect(started.map(({ sent }) => sent.at(-1))).toEqual([{ type: 'stop' }, { type: 'stop' }])
})

it.each<[string, (thread: FakeThread) => void, object]>([
  [
    'that exits with code 0 names the recording',
    (thread) => thread.emit('exit', 0),
    {
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(/^a.wav: got a thread that died of it .*code 0/),
    },
  ],
  [
    'that runs out of memory names the recording',
    (thread) => thread.emit('error', new Error('Worker terminated due to reaching memory limit')),
    { code: 'ENGINE_FAILED', message: expect.stringMatching(/^a.wav: .*memory limit/) },
  ],
  [
    'that fails says why',
    (thread) => {
      const failure = failureOf(new GlowcastError('IO', 'a.wav', 'nothing', 'a file'))
      thread.emit('message', { type: 'failed', failure })
    },
    { code: 'IO', message: 'a.wav: got nothing, expected a file' },
  ],
])('ends all threads when there is one %s', async (_, trouble, expected) => {
  const { started, result } = measuring()
  for (const thread of started) thread.emit('message', ready)
  trouble(started[0]!)
  await expect(result).rejects.toMatchObject(expected)
  expect(started[1]!.sent.at(-1)).toEqual({ type: 'stop' })
})

it('refuses a model that was replaced while the threads loaded it', async () => {
  const { started, result } = measuring()
  started[0]!.emit('message', ready)
  started[1]!.emit('message', { ...ready, hash: 'b' })
  await expect(result).rejects.toMatchObject({ code: 'INVALID_MODEL', field: 'models/a' })
})

it('ends those that run when another cannot be started', async () => {
  const { started, start } = fakeThreads()
  const threads = new DensityThreads(
    files,
    () => undefined,
    (...args) => {
      if (started.length === 1) throw new Error('no more threads')
      const handle = start(...args)
      started[0]!.postMessage = () => queueMicrotask(() => started[0]!.emit('exit', 0))
      return handle
    },
  )
  await expect(threads.run(2, () => settings)).rejects.toThrow('no more threads')
  expect(started[0]!.control.isStopping).toBe(true)
})
