import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProgress } from '../../../src/cli/terminal/progress.js'

function fakeStream(isTTY: boolean, columns = 80) {
  const written: string[] = []
  return { isTTY, columns, written, write: (text: string) => written.push(text) }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const work = { label: 'train', total: 1000, unit: 'steps' }

describe('createProgress on a terminal', () => {
  it('redraws one line with bar, rate and time left', () => {
    const stream = fakeStream(true)
    const progress = createProgress({ ...work, stream })
    vi.advanceTimersByTime(5000)
    progress.update(250, 'loss\n7.3')
    expect(stream.written).toEqual([
      '\rtrain  [######------------------]  250/1000 steps  50.0/s  0:15 left  loss 7.3\x1b[K',
    ])
  })

  it('redraws at most ten times a second', () => {
    const stream = fakeStream(true)
    const progress = createProgress({ ...work, stream })
    vi.advanceTimersByTime(3000)
    for (let done = 1; done <= 100; done++) {
      progress.update(done)
      vi.advanceTimersByTime(10)
    }
    expect(stream.written).toHaveLength(10)
  })

  it('ends with what was done, and a line end', () => {
    const stream = fakeStream(true)
    const progress = createProgress({ ...work, stream })
    vi.advanceTimersByTime(4000)
    progress.update(999)
    vi.advanceTimersByTime(61_000)
    progress.update(1000)
    progress.finish()
    progress.finish()
    expect(stream.written.at(-1)).toBe('\rtrain  1000/1000 steps  15.4/s  in 1:05\x1b[K\n')
    expect(stream.written).toHaveLength(3)
  })

  it('never grows wider than the terminal', () => {
    const stream = fakeStream(true, 30)
    const progress = createProgress({ ...work, stream })
    vi.advanceTimersByTime(4000)
    progress.update(500, 'a note that is long')
    expect(stream.written[0]!.replace('\r', '').replace('\x1b[K', '')).toHaveLength(29)
  })
})

describe('createProgress elsewhere', () => {
  it('writes a plain line at most every 10 s', () => {
    const stream = fakeStream(false)
    const progress = createProgress({ ...work, stream })
    for (let second = 1; second <= 25; second++) {
      vi.advanceTimersByTime(1000)
      progress.update(second * 10)
    }
    progress.finish()
    expect(stream.written).toEqual([
      'train  20/1000 steps  10.0/s  1:38 left\n',
      'train  120/1000 steps  10.0/s  1:28 left\n',
      'train  220/1000 steps  10.0/s  1:18 left\n',
      'train  250/1000 steps  10.0/s  in 0:25\n',
    ])
  })

  it('counts only this run when it resumes another', () => {
    const stream = fakeStream(false)
    const progress = createProgress({ ...work, start: 900, stream })
    vi.advanceTimersByTime(10_000)
    progress.update(950)
    expect(stream.written).toEqual(['train  950/1000 steps  5.00/s  0:10 left\n'])
  })

  it('does without a total', () => {
    const stream = fakeStream(false)
    const progress = createProgress({ label: 'scan', unit: 'files', stream })
    vi.advanceTimersByTime(4000)
    progress.update(2000)
    expect(stream.written).toEqual(['scan  2000 files  500/s\n'])
  })

  it('stays silent about work that ends within 2 s', () => {
    for (const isTTY of [true, false]) {
      const stream = fakeStream(isTTY)
      const progress = createProgress({ ...work, stream })
      progress.update(10)
      vi.advanceTimersByTime(1999)
      progress.update(1000)
      progress.finish()
      expect(stream.written).toEqual([])
    }
  })

  it('survives a total of nothing', () => {
    const stream = fakeStream(false)
    const progress = createProgress({ ...work, total: 0, stream })
    vi.advanceTimersByTime(3000)
    progress.update(0)
    expect(stream.written).toEqual(['train  0/0 steps\n'])
  })
})
