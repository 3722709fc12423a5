import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { transformWithEsbuild } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Ring } from '../../../../web-audio-client/player/worklet/ring.js'

const canary = 123_456.5
const canaries = 16

/** A ring between canaries, its positions started anywhere. */
function guardedRing(capacity: number, start: number) {
  const bytes = Ring.bytes(capacity)
  const memory = new SharedArrayBuffer(4 * canaries + bytes + 4 * canaries)
  const before = new Float32Array(memory, 0, canaries).fill(canary)
  const after = new Float32Array(memory, 4 * canaries + bytes, canaries).fill(canary)
  new Int32Array(memory, 4 * canaries, 2).fill(start)
  return {
    ring: new Ring(memory, capacity, 4 * canaries),
    intact: () => [...before, ...after].every((value) => value === canary),
  }
}

/** Where positions start: at 0, and where they wrap at 2^31 and 2^32. */
const starts = fc.constantFrom(0, 2 ** 31 - 5, -7, -1)

describe('Ring', () => {
  it('behaves as a queue of bounded length, whatever is written, read and skipped, and touches nothing else', () => {
    const step = fc.record({ call: fc.constantFrom('write', 'read', 'skip'), count: fc.nat(40) })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        starts,
        fc.array(step, { maxLength: 80 }),
        (log2, start, steps) => {
          const capacity = 2 ** log2
          const { ring, intact } = guardedRing(capacity, start)
          const queue: number[] = []
          let next = 0
          for (const { call, count } of steps) {
            if (call === 'write') {
              const source = Float32Array.from({ length: count }, (_, i) => next + i)
              const taken = ring.write(source)
              expect(taken).toBe(Math.min(count, capacity - queue.length))
              queue.push(...source.subarray(0, taken))
              next += taken
            } else if (call === 'read') {
              const target = new Float32Array(count + 2).fill(canary)
              const taken = ring.read(target, count)
              expect([...target.subarray(0, taken)]).toEqual(queue.splice(0, Math.min(count, queue.length)))
              expect(target.subarray(taken).every((value) => value === canary)).toBe(true)
            } else {
              ring.skipTo((ring.consumed + count) | 0)
              queue.splice(0, count)
            }
            expect(ring.available()).toBe(queue.length)
            expect(ring.space()).toBe(capacity - queue.length)
            expect(intact()).toBe(true)
          }
        },
      ),
      { seed: 20_240_501, numRuns: 300 },
    )
  })

  it('does not go back to a position that was read', () => {
    const { ring } = guardedRing(8, 0)
    ring.write(new Float32Array(6))
    ring.read(new Float32Array(4), 4)
    ring.skipTo(2)
    expect(ring.consumed).toBe(4)
  })

  it('refuses a capacity that is no power of two', () => {
    expect(() => new Ring(new ArrayBuffer(64), 12)).toThrow('capacity: got 12, expected a power of two')
  })
})

describe('Ring between two threads', () => {
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glowcast-ring-'))
    const source = new URL('../../../../web-audio-client/player/worklet/ring.ts', import.meta.url)
    const { code } = await transformWithEsbuild(await readFile(source, 'utf8'), 'ring.ts')
    await writeFile(join(folder, 'ring.mjs'), code)
    await writeFile(
      join(folder, 'producer.mjs'),
      `import { workerData } from 'node:worker_threads'
       import { Ring } from './ring.mjs'
       const { memory, capacity, byteOffset, total, seed } = workerData
       const ring = new Ring(memory, capacity, byteOffset)
       let state = seed
       for (let next = 0; next < total; ) {
         state = (Math.imul(state, 1664525) + 1013904223) >>> 0
         const count = Math.min(total - next, 1 + (state >>> 16) % (2 * capacity))
         next += ring.write(Float32Array.from({ length: count }, (_, i) => next + i))
       }`,
    )
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each([
    { capacity: 64, start: 0, seed: 1 },
    { capacity: 256, start: -1000, seed: 2 },
    { capacity: 1024, start: 2 ** 31 - 1000, seed: 3 },
  ])('brings every sample once and in order: $capacity samples, from position $start', async (settings) => {
    const { capacity, start, seed } = settings
    const total = 200_000
    const bytes = Ring.bytes(capacity)
    const memory = new SharedArrayBuffer(bytes + 8 * canaries)
    const guard = new Float32Array(memory)
    guard.fill(canary, 0, canaries)
    guard.fill(canary, guard.length - canaries)
    new Int32Array(memory, 4 * canaries, 2).fill(start)
    const ring = new Ring(memory, capacity, 4 * canaries)
    const worker = new Worker(pathToFileURL(join(folder, 'producer.mjs')), {
      workerData: { memory, capacity, byteOffset: 4 * canaries, total, seed },
    })
    const failed = new Promise<never>((_, reject) => worker.once('error', reject))
    const consume = async () => {
      const block = new Float32Array(128)
      let wrong = 0
      let next = 0
      const deadline = performance.now() + 300_000
      while (next < total && performance.now() < deadline) {
        const count = ring.read(block, block.length)
        for (let i = 0; i < count; i++) if (block[i] !== next + i) wrong += 1
        next += count
        if (count === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      return { next, wrong }
    }
    try {
      expect(await Promise.race([consume(), failed])).toEqual({ next: total, wrong: 0 })
    } finally {
      await worker.terminate()
    }
    expect([...guard.subarray(0, canaries), ...guard.subarray(-canaries)].every((v) => v === canary)).toBe(
      true,
    )
  })
})
