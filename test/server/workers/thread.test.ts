import { expect, it } from 'vitest'
import { JobThread } from '../../../server/workers/thread.js'
import { GlowcastError } from '../../../src/errors.js'
import { failureOf } from '../../../src/threads/failure.js'
import { fakeThreads } from '../../threads/fake-thread.js'

const broken = new GlowcastError('ENGINE_FAILED', 'scoring', 'a dead thread', 'one that lives')
const guilty = new GlowcastError('INVALID_AUDIO', 'body', 'what breaks it', 'audio')
const riddle = { type: 'riddle', id: 0 }

function jobThread() {
  const { started, start } = fakeThreads()
  const crashes: string[] = []
  const clock = { ms: 0 }
  const jobs = new JobThread<string, string>({
    name: 'scoring/score-worker',
    silentMs: Number.POSITIVE_INFINITY,
    brokenError: (mayBeGuilty) => (mayBeGuilty ? guilty : broken),
    onCrash: ({ message }) => crashes.push(message),
    start,
    now: () => clock.ms,
  })
  return { jobs, started, crashes, clock }
}

it('starts with the first job, and gives each its own answer', async () => {
  const { jobs, started } = jobThread()
  expect(started).toHaveLength(0)
  const [first, second, third] = ['a', 'b', 'c'].map((job) => jobs.run(job))
  const [thread] = started
  expect(thread!.sent).toEqual(['a', 'b', 'c'].map((job, id) => ({ id, job })))
  thread!.emit('message', { type: 'ready' })
  thread!.emit('message', { type: 'done', id: 1, result: 'B' })
  thread!.emit('message', { type: 'failed', id: 0, failure: failureOf(broken) })
  // What was thrown in the thread may be anything.
  thread!.emit('message', { type: 'failed', id: 2, failure: failureOf(undefined) })
  await expect(first).rejects.toMatchObject({ code: 'ENGINE_FAILED', got: 'a dead thread' })
  expect(await second).toBe('B')
  await expect(third).rejects.toThrow('something that is no error')
  expect(started).toHaveLength(1)
})

it.each([
  ['with code 0', 'exit', 0],
  ['with an error', 'error', new Error('a crash')],
  ['with words that nobody asked for', 'message', { type: 'done', id: 77, result: '' }],
  ['with words that nobody understands', 'message', riddle],
])(
  'fails what waits when the thread ends %s, and starts another with the next job',
  async (_, event, value) => {
    const { jobs, started, crashes } = jobThread()
    const waiting = [jobs.run('a'), jobs.run('b')]
    started[0]!.emit('message', { type: 'ready' })
    started[0]!.emit(event, value)
    // The thread was at the first that waits: that one alone may be to blame.
    const [first, second] = value === riddle ? [broken, guilty] : [guilty, broken]
    await expect(waiting[0]).rejects.toBe(first)
    await expect(waiting[1]).rejects.toBe(second)
    expect(jobs.isAlive).toBe(false)
    expect(jobs.pending).toBe(0)
    expect(crashes).toHaveLength(1)
    const next = jobs.run('c')
    started[1]!.emit('message', { type: 'ready' })
    started[1]!.emit('message', { type: 'done', id: 2, result: 'C' })
    expect(await next).toBe('C')
  },
)

it('tries a thread that does not start again: at once, then after 1 s and 2 s, until it does', async () => {
  const { jobs, started, crashes, clock } = jobThread()
  const attempt = async () => {
    const before = started.length
    const job = jobs.run('a')
    if (started.length > before) started.at(-1)!.emit('error', new Error('a model that is broken'))
    await expect(job).rejects.toBe(broken)
    return started.length - before
  }
  const tried = []
  for (const ms of [0, 0, 0, 999, 1000, 2999, 3000, 6999, 7000]) {
    clock.ms = ms
    tried.push(await attempt())
  }
  expect(tried).toEqual([1, 1, 0, 0, 1, 0, 1, 0, 1])
  expect(crashes).toHaveLength(5)
  expect(jobs.trouble?.message).toBe('a model that is broken')
  clock.ms = 60_000
  const mended = jobs.run('a')
  started.at(-1)!.emit('message', { type: 'ready' })
  expect(jobs.trouble).toBeUndefined()
  started.at(-1)!.emit('message', { type: 'done', id: 5, result: 'A' })
  expect(await mended).toBe('A')
  // The next failure is the first again.
  started.at(-1)!.emit('exit', 1)
  expect([await attempt(), await attempt()]).toEqual([1, 1])
})

it('answers what waits when it is stopped, and takes nothing more', async () => {
  const { jobs, started, crashes } = jobThread()
  const waiting = jobs.run('a')
  const stopped = jobs.stop()
  started[0]!.emit('exit', 0)
  await stopped
  await expect(waiting).rejects.toBe(broken)
  await expect(jobs.run('b')).rejects.toBe(broken)
  expect(started).toHaveLength(1)
  expect(crashes).toEqual([])
})
