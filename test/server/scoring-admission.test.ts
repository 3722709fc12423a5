import { describe, expect, it } from 'vitest'
import { noise } from '../density/signals.js'
import { RawClient } from './raw-client.js'
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
    const client = await server.start({}, 21)
    for (const stream of [1, 2]) {
      client.send(score(stream))
      await client.next('scoring', stream)
    }
    client.send(score(3))
    expect(await client.next('error', 3)).toMatchObject({ code: 'overloaded', retryable: true })
    client.open(4)
    await client.next('opened', 4)
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
    expect(await client.next('audioCredit', 1)).toMatchObject({ samples: rate })
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
