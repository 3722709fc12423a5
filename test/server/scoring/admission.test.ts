import { describe, expect, it } from 'vitest'
import { noise } from '../../scoring/signals.js'
import { RawClient } from '../raw-client.js'
import { rate, score, useScoringServer } from './scoring-server.js'

const server = useScoringServer()

describe('scoring streams and their server', () => {
  it('end at once when they are cancelled, or their connection goes', async () => {
    const client = await server.start()
    client.send(score(1, { blockSeconds: 1 }))
    await client.next('scoring', 1)
    client.recording(1, 0, 0, noise(2 * rate, 0.1))
    client.send({ type: 'cancel', stream: 1 })
    expect(await client.next('cancelled', 1)).toMatchObject({ samples: 2 * rate })
    const count = client.received.length
    client.send(score(2))
    await client.next('scoring', 2)
    expect(client.received.slice(count).map(({ type }) => type)).toEqual(['scoring'])
    client.recording(2, 0, 0, noise(100, 0.1))
    client.socket.terminate()
    await client.until(() => server.scoring.open === 0)
    const again = await RawClient.connect(server.running.url)
    again.send(score(1))
    await again.next('scoring', 1)
  })

  it('count as several of the others, and as all where there are few', async () => {
    const client = await server.start({ streamsPerClient: 21 }, 21)
    for (const stream of [1, 2]) {
      client.send(score(stream))
      await client.next('scoring', stream)
    }
    client.send(score(3))
    // What crosses the refusal is ignored.
    client.send({ type: 'cancel', stream: 3 })
    client.send(score(6, { group: 'cats' }))
    client.send({ type: 'end', stream: 6 })
    expect(await client.next('error', 3)).toMatchObject({ code: 'overloaded', retryable: true })
    client.open(4)
    await client.next('opened', 4)
    expect(client.all('error', 3)).toHaveLength(1)
    expect(client.all('error', 6)).toMatchObject([{ code: 'unknown_group' }])
    client.send({ type: 'cancel', stream: 1 })
    client.send(score(5))
    await client.next('scoring', 5)
    await server.running.stop()
    const small = await server.start({}, 2)
    small.send(score(1))
    await small.next('scoring', 1)
    small.open(2)
    expect(await small.next('error', 2)).toMatchObject({ code: 'overloaded' })
  })

  it('give no credit to a client that does not read', async () => {
    const client = await server.start({ scoreSecondsAhead: 1 })
    let release: (value: unknown) => void = () => undefined
    client.send(score(1))
    await client.next('scoring', 1)
    server.scoring.gate = new Promise((resolve) => {
      release = resolve
    })
    client.recording(1, 0, 0, noise(rate, 0.1))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(client.all('audioCredit', 1)).toHaveLength(0)
    release(undefined)
    // All of it, a quarter of a second at a time.
    await client.until(() => client.scoreCredit(1) === 2 * rate, 'credit')
  })

  it('keep their permit while they are worked on, so that opening and cancelling piles nothing up', async () => {
    const client = await server.start({}, 10)
    let release: (value: unknown) => void = () => undefined
    const close = () => {
      server.scoring.gate = new Promise((resolve) => {
        release = resolve
      })
    }
    close()
    client.send(score(1))
    client.send({ type: 'cancel', stream: 1 })
    await client.next('cancelled', 1)
    client.send(score(2))
    expect(await client.next('error', 2)).toMatchObject({ code: 'overloaded' })
    release(undefined)
    await client.until(() => server.scoring.open === 0 && server.running.glowcast.capacity === 10)
    client.send(score(3, { blockSeconds: 0.5 }))
    await client.next('scoring', 3)
    close()
    client.recording(3, 0, 0, noise(4 * rate, 0.1))
    await client.until(() => server.scoring.maxPart > 0)
    client.send({ type: 'cancel', stream: 3 })
    await client.next('cancelled', 3)
    client.send(score(4))
    expect(await client.next('error', 4)).toMatchObject({ code: 'overloaded' })
    release(undefined)
    await client.until(() => server.scoring.blocks.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 50))
    // Of the seven blocks that had come, the one that was under way.
    expect(server.scoring.blocks).toHaveLength(1)
    client.send(score(5))
    await client.next('scoring', 5)
  })

  it('leave others their turn, however much comes at once', async () => {
    const client = await server.start()
    client.send(score(1, { blockSeconds: 0.5 }))
    await client.next('scoring', 1)
    client.recording(1, 0, 0, noise(4 * rate, 0.1))
    client.send({ type: 'end', stream: 1 })
    expect(await client.next('scored', 1)).toMatchObject({ samples: 4 * rate, frames: 400 })
    expect(server.scoring.maxPart).toBe(0.05 * rate)
    expect(server.scoring.maxAtOnce).toBe(1)
  })

  it('are not idle while they wait for the server', async () => {
    const client = await server.start({ idleMs: 1000 })
    client.send(score(1))
    await client.next('scoring', 1)
    let release: (value: unknown) => void = () => undefined
    server.scoring.gate = new Promise((resolve) => {
      release = resolve
    })
    client.recording(1, 0, 0, noise(4 * rate, 0.1))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(client.all('error', 1)).toHaveLength(0)
    release(undefined)
    await client.next('scores', 1)
    // Now it is the client that is silent.
    expect(await client.next('error', 1)).toMatchObject({ code: 'idle' })
  })

  it('fail alone when a scoring thread dies', async () => {
    const client = await server.start()
    client.send(score(1))
    await client.next('scoring', 1)
    client.open(2)
    server.scoring.crash()
    client.recording(1, 0, 0, noise(100, 0.1))
    expect(await client.next('error', 1)).toMatchObject({
      code: 'scoring_failed',
      retryable: true,
      samples: 100,
    })
    client.send({ type: 'end', stream: 2 })
    await client.next('done', 2)
  })

  it('are refused where the model has no calibration', async () => {
    const client = await server.start({}, 100, { scoring: false })
    expect(client.received[0]).not.toHaveProperty('scoring')
    client.send(score(1))
    expect(await client.next('error', 1)).toMatchObject({ code: 'scoring_unavailable', retryable: false })
  })

  it('end with an error when the server stops', async () => {
    const client = await server.start({ drainMs: 50 })
    client.send(score(1))
    await client.next('scoring', 1)
    client.recording(1, 0, 0, noise(100, 0.1))
    void server.running.glowcast.drain()
    expect(await client.next('error', 1)).toMatchObject({ code: 'draining', samples: 100 })
  })
})
