import { describe, expect, it } from 'vitest'
import { defaultPrebuffer, JitterEstimator } from '../../../web-audio-client/player/jitter.js'

const chunkMs = 23

/** Chunks of a stream, each late by what `lateness` says of its number. */
function feed(jitter: JitterEstimator, count: number, lateness: (index: number) => number, pace = 1) {
  for (let i = 0; i < count; i++) jitter.arrived(1000 + pace * i * chunkMs + lateness(i), i * chunkMs)
}

describe('JitterEstimator', () => {
  it('starts with what it was told, and falls to the least when chunks come evenly', () => {
    const jitter = new JitterEstimator()
    expect(jitter.prebufferMs).toBe(defaultPrebuffer.startMs)
    feed(jitter, 100, () => 0)
    expect(jitter.prebufferMs).toBe(defaultPrebuffer.minMs)
  })

  it('keeps to its start while all that came is one burst', () => {
    const jitter = new JitterEstimator({ startMs: 150, minMs: 30, maxMs: 800 })
    feed(jitter, 150, () => 0, 0.01)
    expect(jitter.prebufferMs).toBe(150)
  })

  it('does not call chunks late that come faster than they are played', () => {
    const jitter = new JitterEstimator()
    feed(jitter, 1000, () => 0, 0.1)
    expect(jitter.prebufferMs).toBe(defaultPrebuffer.minMs)
  })

  it('covers recent lateness, and forgets it when it does not come again', () => {
    const jitter = new JitterEstimator()
    feed(jitter, 100, (i) => (i % 10 === 5 ? 120 : 0))
    expect(jitter.prebufferMs).toBeGreaterThanOrEqual(120)
    expect(jitter.prebufferMs).toBeLessThan(160)
    feed(jitter, 300, () => 0)
    expect(jitter.prebufferMs).toBe(defaultPrebuffer.minMs)
  })

  it('never asks for more than the most', () => {
    const jitter = new JitterEstimator()
    feed(jitter, 100, (i) => (i % 5 === 0 ? 5000 : 0))
    expect(jitter.prebufferMs).toBe(defaultPrebuffer.maxMs)
  })

  it('asks for more at once after an underrun', () => {
    const jitter = new JitterEstimator()
    feed(jitter, 100, () => 0)
    jitter.underrun()
    expect(jitter.prebufferMs).toBe(1.5 * defaultPrebuffer.minMs)
    jitter.underrun()
    expect(jitter.prebufferMs).toBe(1.5 ** 2 * defaultPrebuffer.minMs)
  })

  it('does not take a pause for lateness', () => {
    const jitter = new JitterEstimator()
    feed(jitter, 100, () => 0)
    jitter.restart()
    feed(jitter, 100, () => 5000)
    expect(jitter.prebufferMs).toBe(defaultPrebuffer.minMs)
  })
})
