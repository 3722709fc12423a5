import { describe, expect, it } from 'vitest'
import { Backoff } from '../../../web-audio-client/connection/backoff.js'

describe('Backoff', () => {
  it('doubles its waits up to the longest, drawn from their upper half, and gives up', () => {
    const least = new Backoff({ attempts: 6, firstMs: 100, maxMs: 500 }, () => 0)
    const most = new Backoff({ attempts: 6, firstMs: 100, maxMs: 500 }, () => 1)
    expect(Array.from({ length: 6 }, () => least.failed())).toEqual([50, 100, 200, 250, 250, undefined])
    expect(Array.from({ length: 6 }, () => most.failed())).toEqual([100, 200, 400, 500, 500, undefined])
  })

  it('starts anew after a success', () => {
    const backoff = new Backoff({ attempts: 3, firstMs: 100 }, () => 1)
    expect([backoff.failed(), backoff.failed()]).toEqual([100, 200])
    backoff.succeeded()
    expect(backoff.failed()).toBe(100)
  })

  it('waits as long as a full server asks and up to a quarter more, which is no failure', () => {
    const backoff = new Backoff({ attempts: 2, firstMs: 100 }, () => 1)
    for (let i = 0; i < 20; i++) expect(backoff.postponed(3000)).toBe(3750)
    expect(backoff.failed()).toBe(100)
    expect(new Backoff({}, () => 0).postponed(3000)).toBe(3000)
  })

  it('never gives up when told so, however long it takes', () => {
    const backoff = new Backoff({ attempts: Number.POSITIVE_INFINITY, maxMs: 500 }, () => 1)
    for (let i = 0; i < 5000; i++) backoff.failed()
    expect(backoff.failed()).toBe(500)
  })
})
