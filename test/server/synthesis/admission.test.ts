import { expect, it } from 'vitest'
import { PcmQueue } from '../../../server/streams/pcm-queue.js'
import { Admission } from '../../../server/synthesis/admission.js'

it('lets in as many streams as the backend carries, and counts a permit once', () => {
  const backend = { capacity: 2 }
  const admission = new Admission(backend, { streams: 10 })
  const release = admission.acquire()
  admission.acquire()
  expect(() => admission.acquire()).toThrow(/all 2 streams are taken/)
  release()
  release()
  expect(admission.open).toBe(1)
  backend.capacity = 0
  expect(() => admission.acquire()).toThrow(/no synthesis thread/)
  expect(new Admission({ capacity: 50 }, { streams: 3 }).capacity).toBe(3)
})

it('lets in nothing for a while after a stream ran late, and nothing once the server stops', () => {
  let now = 0
  const admission = new Admission({ capacity: 5 }, undefined, () => now)
  admission.acquire()
  admission.ranLate()
  expect(admission.refusal()?.toProtocol()).toMatchObject({ code: 'overloaded', retryable: true })
  now = 2000
  expect(admission.refusal()).toBeUndefined()
  admission.drain()
  expect(admission.refusal()?.toProtocol()).toMatchObject({ code: 'draining', retryAfterMs: 5000 })
})

it('splits samples where the credit ends, and lets ends pass only behind them', () => {
  const queue = new PcmQueue<string>(3)
  queue.push(Float32Array.of(1, 2, 3, 4, 5))
  queue.pushEnd('end')
  expect(queue.take()).toEqual({ samples: Float32Array.of(1, 2, 3) })
  expect(queue.take()).toBeUndefined()
  queue.grant(2)
  expect(queue.take()).toEqual({ samples: Float32Array.of(4, 5) })
  expect(queue.take()).toEqual({ end: 'end' })
  expect(queue.take()).toBeUndefined()
})
