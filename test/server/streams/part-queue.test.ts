import { expect, it } from 'vitest'
import { PartQueue } from '../../../server/streams/part-queue.js'

/** Parts of ten samples. */
const rate = 200

function drained(queue: PartQueue): number[][] {
  const parts: number[][] = []
  for (let part = queue.take(); part !== undefined; part = queue.take()) parts.push([...part])
  return parts
}

const count = (from: number, length: number) => Float32Array.from({ length }, (_, i) => from + i)

it('gives what waits in parts of 50 ms, in order, however it was cut', () => {
  for (const size of [1, 3, 10, 25, 100]) {
    const queue = new PartQueue(rate)
    for (let from = 0; from < 45; from += size) queue.push(count(from, Math.min(size, 45 - from)))
    const parts = drained(queue)
    expect(parts.map(({ length }) => length)).toEqual([10, 10, 10, 10, 5])
    expect(parts.flat()).toEqual([...count(0, 45)])
  }
})

it('gives a small message at once, and goes on behind it', () => {
  const queue = new PartQueue(rate)
  const parts: Float32Array[] = []
  for (let from = 0; from < 30; from += 4) {
    queue.push(count(from, 4))
    parts.push(queue.take()!)
    expect(queue.take()).toBeUndefined()
  }
  // What was given before is not written to.
  expect(parts.flatMap((part) => [...part])).toEqual([...count(0, 32)])
  queue.push(count(32, 11))
  expect(drained(queue)).toEqual([[...count(32, 10)], [42]])
})

it('forgets what waits', () => {
  const queue = new PartQueue(rate)
  queue.push(count(0, 25))
  queue.clear()
  expect(queue.take()).toBeUndefined()
  queue.push(count(7, 2))
  expect(drained(queue)).toEqual([[7, 8]])
})
