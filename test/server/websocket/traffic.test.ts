import { describe, expect, it } from 'vitest'
import { Budget } from '../../../server/websocket/budget.js'
import { rateLimited, Traffic } from '../../../server/websocket/traffic.js'

describe('Budget', () => {
  it('lets so much come at once, then as much as time brings, and takes what came into debt', () => {
    let now = 0
    const budget = new Budget({ perSecond: 100, atOnce: 10 }, () => now)
    budget.take(10)
    expect(budget.debtMs).toBe(0)
    budget.take(5)
    expect(budget.debtMs).toBe(50)
    now = 50
    expect(budget.debtMs).toBe(0)
    expect(budget.isFull).toBe(false)
    now = 10_000
    expect(budget.isFull).toBe(true)
    budget.take(11)
    expect(budget.debtMs).toBe(10)
  })
})

describe('Traffic', () => {
  const limits = { messagesPerSecond: 10, opensPerSecond: 2, bytesPerSecond: 1000 }

  it('counts messages, opens and bytes, a message for 64 bytes more', () => {
    const traffic = new Traffic(
      limits,
      () => 1,
      () => 0,
    )
    for (let i = 0; i < 20; i++) traffic.message(0)
    expect(traffic.debt.ms).toBe(0)
    traffic.message(0)
    expect(traffic.debt).toEqual({ ms: 100, kind: 'messages', perSecond: 10 })
    traffic.message(1000)
    expect(traffic.debt).toMatchObject({ kind: 'bytes', ms: 22 * 64 - 1000 })
    const opening = new Traffic(
      limits,
      () => 1,
      () => 0,
    )
    for (let i = 0; i < 5; i++) opening.open()
    expect(opening.debt).toEqual({ ms: 500, kind: 'opens', perSecond: 2 })
  })

  it('of several sockets may be so many times as much', () => {
    const traffic = new Traffic(
      limits,
      () => 4,
      () => 0,
    )
    for (let i = 0; i < 16; i++) traffic.open()
    expect(traffic.debt.ms).toBe(0)
    traffic.open()
    expect(traffic.debt).toEqual({ ms: 125, kind: 'opens', perSecond: 8 })
  })

  it('is told with what is allowed, and when the next is read', () => {
    const apiError = rateLimited({ ms: 99.5, kind: 'messages', perSecond: 10 }, 'connection')
    expect(apiError.toProtocol()).toEqual({
      code: 'rate_limited',
      errorType: 'rate_limit_error',
      retryable: true,
      retryAfterMs: 100,
      field: 'messages',
      message:
        'messages: got more than the connection may send, expected at most 10 a second; the next is read in 100 ms',
    })
  })
})
