import { describe, expect, it } from 'vitest'
import { FairShares, type Payer } from '../../../src/synthesis/live/fair-share.js'

const payer = (client: string, connection: string): Payer => ({ client, connection })

describe('FairShares', () => {
  it('counts a payer as ahead once it has had a second more than real time and a quarter', () => {
    const share = new FairShares().open(payer('a', '1'), 0)
    share.charge(1250, 0)
    expect(share.aheadMs(0)).toBe(0)
    share.charge(1250, 0)
    expect(share.aheadMs(0)).toBe(1000)
    expect(share.usedMs(500)).toBe(1500)
    expect(share.aheadMs(600)).toBe(400)
    expect(share.aheadMs(1000)).toBe(0)
  })

  it('never counts a stream in real time as ahead', () => {
    const share = new FairShares().open(payer('a', '1'), 0)
    for (let moment = 0; moment < 600_000; moment += 23) {
      share.charge(23, moment)
      expect(share.aheadMs(moment)).toBe(0)
    }
  })

  it('is not set back by a new stream, nor by a new connection', () => {
    const shares = new FairShares()
    for (let stream = 0; stream < 50; stream++) {
      const share = shares.open(payer('a', `${stream}`), 0)
      share.charge(100, 0)
      share.close()
    }
    expect(shares.open(payer('a', 'fresh'), 0).aheadMs(0)).toBe(2000)
    expect(shares.open(payer('b', 'other'), 0).aheadMs(0)).toBe(0)
  })

  it('gives each stream a share', () => {
    const shares = new FairShares()
    const [first] = Array.from({ length: 4 }, () => shares.open(payer('a', '1'), 0))
    first!.charge(4 * 1250, 0)
    expect(first!.aheadMs(0)).toBe(0)
  })

  it('lets those connections of a client wait that had more than the others', () => {
    const shares = new FairShares()
    const hurried = shares.open(payer('a', '1'), 0)
    const honest = shares.open(payer('a', '2'), 0)
    for (let call = 0; call < 1000; call++) hurried.charge(100, 0)
    expect(hurried.aheadMs(0)).toBe(4000)
    expect(honest.aheadMs(0)).toBe(2000)
  })

  it('forgives within seconds, and forgets who has gone and owes nothing', () => {
    const shares = new FairShares()
    const share = shares.open(payer('a', '1'), 0)
    share.charge(1e9, 0)
    share.close()
    shares.open(payer('b', '2'), 100).close()
    expect(shares.size).toBe(4)
    expect(share.aheadMs(4000)).toBe(0)
    shares.open(undefined, 5000)
    expect(shares.size).toBe(0)
  })

  it('charges nothing to a stream that nobody pays for', () => {
    const share = new FairShares().open(undefined, 0)
    share.charge(1e9, 0)
    expect(share.aheadMs(0)).toBe(0)
  })
})
