import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { RandomStream } from '../../../src/numeric/random.js'
import { brokenMessage } from '../broken-message.js'
import { MockBackend, mockMel } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const hop = mockMel.hopLength
let backend: MockBackend
let running: TestServer
const clients: RawClient[] = []

async function started(limits: object = {}, capacity = 100): Promise<TestServer> {
  backend = new MockBackend(capacity)
  running = await startTestServer({
    backend,
    scoring: new MockScoring(),
    limits: { drainMs: 100, ...limits },
  })
  return running
}

async function connected(): Promise<RawClient> {
  const client = await RawClient.connect(running.url)
  clients.push(client)
  return client
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate()
  await running.stop()
  expect(backend.open).toBe(0)
})

const mel = (frames: number) => new Float32Array(frames * 80).fill(-6)

describe('overload', () => {
  it('is answered on the stream, and with 503 before the handshake, at once', async () => {
    await started({}, 2)
    const [first, second] = [await connected(), await connected()]
    first.open(1)
    first.open(2)
    await first.next('opened', 2)
    second.open(1)
    const error = await second.next('error', 1)
    expect(error).toMatchObject({ code: 'overloaded', errorType: 'overloaded_error', retryable: true })
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(1000)
    const { status, headers, body } = await RawClient.refused(running.url)
    expect(status).toBe(503)
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(JSON.parse(body).error).toMatchObject({ code: 'overloaded', type: 'overloaded_error' })
    const page = new WebSocket(running.url, ['glowcast.v1'], { origin: running.http })
    const told: string[] = []
    page.on('message', (data) => told.push(data.toString()))
    const [code] = await once(page, 'close')
    expect(code).toBe(1013)
    expect(told.map((text) => JSON.parse(text))).toMatchObject([{ type: 'error', code: 'overloaded' }])
    first.send({ type: 'cancel', stream: 1 })
    await first.next('cancelled', 1)
    await second.until(() => backend.open === 1)
    second.open(3)
    await second.next('opened', 3)
  })

  it('counts connections too', async () => {
    await started({ sockets: 1 })
    await connected()
    expect((await RawClient.refused(running.url)).status).toBe(503)
  })
})

describe('a client that stops reading', () => {
  it('has at most 512 KiB waiting, is terminated, and disturbs no neighbour', async () => {
    const { http } = await started({ stalledMs: 2000 })
    const [lazy, neighbour] = [await connected(), await connected()]
    for (let stream = 0; stream < 16; stream++) lazy.open(stream, { format: 'f32le' })
    await lazy.next('opened', 15)
    lazy.socket.pause()
    for (let stream = 0; stream < 16; stream++) {
      // 16 MB of audio in all: more than the kernel's buffers take.
      for (let part = 0; part < 2; part++) lazy.mel(stream, part, part * 2048, mel(2048))
    }
    neighbour.open(1)
    let most = 0
    let frames = 0
    for (let round = 0; lazy.socket.readyState !== lazy.socket.CLOSED && round < 300; round++) {
      neighbour.mel(1, round, frames, mel(2))
      frames += 2
      await neighbour.until(() => neighbour.received.filter(({ type }) => type === 'pcm').length > round)
      const metrics = await (await fetch(`${http}/metrics`)).text()
      most = Math.max(most, Number(/^glowcast_queue_bytes (\d+)/m.exec(metrics)![1]))
      if (/^glowcast_sockets_open 1$/m.test(metrics)) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(512 * 1024)
    await lazy.until(() => backend.open === 1, 'the streams of the lazy client to be freed')
    neighbour.send({ type: 'end', stream: 1 })
    expect(await neighbour.next('done', 1)).toMatchObject({ frames, samples: frames * hop })
  })
})

describe('stopping', () => {
  it('lets streams finish, refuses new ones, and closes', async () => {
    const { glowcast, http } = await started({ drainMs: 5000 })
    const [busy, idle] = [await connected(), await connected()]
    busy.open(1)
    busy.mel(1, 0, 0, mel(20))
    await busy.next('opened', 1)
    const stopped = glowcast.stop()
    expect(await busy.next('draining')).toMatchObject({ closesInMs: 5000 })
    await idle.until(() => idle.closed !== undefined)
    expect(idle.closed?.code).toBe(1001)
    busy.open(2)
    expect(await busy.next('error', 2)).toMatchObject({ code: 'draining', retryable: true })
    expect((await RawClient.refused(running.url)).status).toBe(503)
    expect((await fetch(`${http}/readyz`)).status).toBe(503)
    expect((await fetch(`${http}/healthz`)).status).toBe(200)
    busy.mel(1, 1, 20, mel(20))
    busy.send({ type: 'end', stream: 1 })
    expect(await busy.next('done', 1)).toMatchObject({ frames: 40, samples: 40 * hop })
    await busy.until(() => busy.closed !== undefined)
    expect(busy.closed?.code).toBe(1001)
    await stopped
  })

  it('ends streams that do not finish in time, with their last sample', async () => {
    const { glowcast } = await started({ drainMs: 200 })
    const client = await connected()
    client.open(1)
    client.mel(1, 0, 0, mel(30))
    await client.until(() => client.samples(1).length === 30 * hop)
    await glowcast.stop()
    expect(await client.next('error', 1)).toMatchObject({ code: 'draining', samples: 30 * hop })
    await client.until(() => client.closed !== undefined)
    expect(client.closed?.code).toBe(1001)
  })
})

describe('malformed input', () => {
  it('never disturbs the server nor a stream beside it', async () => {
    await started()
    const good = await connected()
    good.open(1)
    let frames = 0
    const random = new RandomStream(6, 6)
    let attacker = await connected()
    for (let round = 0; round < 3000; round++) {
      if (attacker.socket.readyState !== attacker.socket.OPEN) attacker = await connected()
      attacker.socket.send(brokenMessage(random, round))
      if (round % 100 !== 0) continue
      good.mel(1, frames, frames, mel(1))
      frames += 1
      await good.until(() => good.samples(1).length === frames * hop)
    }
    good.send({ type: 'end', stream: 1 })
    expect(await good.next('done', 1)).toMatchObject({ frames })
  })

  it('below WebSocket costs the connection alone', async () => {
    const { http } = await started()
    const port = Number(new URL(http).port)
    const random = new RandomStream(6, 7)
    for (let round = 0; round < 30; round++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      const upgrade =
        'GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
        'Sec-WebSocket-Protocol: glowcast.v1\r\n\r\n'
      if (round % 3 > 0) socket.write(upgrade)
      socket.write(Buffer.from(Array.from({ length: 200 }, () => random.integer(256))))
      await new Promise((resolve) => {
        socket.once('close', resolve)
        setTimeout(() => socket.destroy(), 30)
      })
    }
    expect((await fetch(`${http}/readyz`)).status).toBe(200)
  })
})
