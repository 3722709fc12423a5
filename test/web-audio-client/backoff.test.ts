import { describe, expect, it } from 'vitest'
import { Backoff } from '../../web-audio-client/backoff.js'

describe('Backoff', () => {
  it('doubles its waits up to the longest, drawn from their upper half, and gives up', () => {
    const least = new Backoff({ attempts: 6, firstMs: 100, mostMs: 500 }, () => 0)
    const most = new Backoff({ attempts: 6, firstMs: 100, mostMs: 500 }, () => 1)
    expect(Array.from({ length: 6 }, () => least.failed())).toEqual([50, 100, 200, 250, 250, undefined])
    expect(Array.from({ length: 6 }, () => most.failed())).toEqual([100, 200, 400, 500, 500, undefined])
  })

  it('waits as long as the server asks, and starts anew after a success', () => {
    const backoff = new Backoff({ attempts: 2, firstMs: 100 }, () => 1)
    expect(backoff.failed(3000)).toBe(3000)
    backoff.succeeded()
    expect(backoff.failed()).toBe(100)
  })
})
