import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerMessage } from '../../../src/protocol/messages.js'
import { MockBackend, mockMel } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { RawClient, type Received } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

let running: TestServer
const clients: RawClient[] = []

// What a client may send comes back with time: on a machine that stands still for a second no flood would be one. So the
// clock stands at 0 until a test lets it go.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})

async function started(limits: object, capacity = 100, tokens: string[] = []): Promise<void> {
  running = await startTestServer({
    backend: new MockBackend(capacity),
    scoring: new MockScoring(),
    tokens,
    limits: { drainMs: 50, ...limits },
  })
}

async function connected(token?: string): Promise<RawClient> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const client = await RawClient.connect(running.url, { headers })
  clients.push(client)
  return client
}

afterEach(async () => {
  vi.useRealTimers()
  for (const client of clients.splice(0)) client.socket.terminate()
  await running.stop()
})

const mel = (frames: number) => new Float32Array(frames * 80).fill(-6)
const limited = ({ received }: RawClient) =>
  received.filter(
    (message): message is Received & { type: 'error' } =>
      message.type === 'error' && message.code === 'rate_limited',
  )

describe('a client that sends more than is read', () => {
  const floods: [string, object, (client: RawClient, round: number) => void][] = [
    ['messages', { messagesPerSecond: 40 }, (client, round) => client.mel(1, round, 0, mel(0))],
    ['messages', { messagesPerSecond: 40 }, (client) => client.socket.ping()],
    ['messages', { messagesPerSecond: 40 }, (client) => client.socket.pong()],
    [
      'opens',
      { opensPerSecond: 20 },
      (client) => {
        client.open(2)
        client.send({ type: 'cancel', stream: 2 })
      },
    ],
    [
      'opens',
      { opensPerSecond: 20 },
      (client) => {
        client.send({ type: 'score', stream: 2, sampleRate: 8000 })
        client.send({ type: 'cancel', stream: 2 })
      },
    ],
    ['bytes', { bytesPerSecond: 5000 }, (client) => client.socket.ping('x'.repeat(120))],
  ]
  it.each(floods)('(%s) is told so, loses nothing, and goes on', async (field, limits, act) => {
    await started(limits)
    const client = await connected()
    client.open(1)
    await client.next('opened', 1)
    for (let round = 0; round < 120; round++) act(client, round)
    const [error] = [await client.next('error').then(() => limited(client)[0])]
    expect(error).toMatchObject({
      code: 'rate_limited',
      errorType: 'rate_limit_error',
      retryable: true,
      field,
    })
    expect(error).not.toHaveProperty('stream')
    expect(error!.retryAfterMs).toBeGreaterThan(0)
    // What comes behind the flood is read in its turn.
    vi.useRealTimers()
    client.open(3)
    await client.next('opened', 3)
    client.mel(3, 0, 0, mel(10))
    client.send({ type: 'end', stream: 3 })
    expect(await client.next('done', 3)).toMatchObject({ frames: 10 })
    expect(client.all('error', 1)).toHaveLength(0)
    expect(client.closed).toBeUndefined()
  })

  it('is told once a second and not for each message', async () => {
    await started({ messagesPerSecond: 100 })
    const client = await connected()
    for (let round = 0; round < 400; round++) client.socket.ping()
    await client.until(() => limited(client).length > 0)
    vi.advanceTimersByTime(3000)
    client.open(1)
    await client.next('opened', 1)
    expect(limited(client)).toHaveLength(1)
  })

  it('is read no faster on many connections', async () => {
    await started({ opensPerSecond: 5 })
    const many = await Promise.all(Array.from({ length: 12 }, () => connected()))
    // Within what each may, and more than one client may: 4 times 5 a second, twice as many at once.
    for (const client of many) for (let stream = 0; stream < 8; stream++) client.open(stream)
    await many[0]!.until(() => many.some((client) => limited(client).length > 0), 'a limit of the client')
    const [error] = many.flatMap(limited)
    expect(error!.message).toMatch(/^opens: got more than the client may send, expected at most 20 a second/)
  })

  it('leaves its neighbours what they may', async () => {
    await started({ messagesPerSecond: 100 })
    const [flooder, neighbour] = [await connected(), await connected()]
    for (let round = 0; round < 300; round++) flooder.socket.ping()
    neighbour.open(1)
    neighbour.mel(1, 0, 0, mel(10))
    neighbour.send({ type: 'end', stream: 1 })
    await neighbour.next('done', 1)
    expect(limited(neighbour)).toHaveLength(0)
  })

  it('may end within a pause, its own or the server’s', async () => {
    await started({ messagesPerSecond: 10 })
    const [gone, told] = [await connected(), await connected()]
    for (const client of [gone, told]) for (let round = 0; round < 60; round++) client.socket.ping()
    await told.until(() => limited(told).length > 0)
    gone.socket.terminate()
    await running.glowcast.stop()
    await told.until(() => told.closed !== undefined, 'the end')
  })
})

describe('the permits of one client', () => {
  it('are three quarters of all, so that others find some', async () => {
    await started({}, 8)
    const client = await connected()
    for (let stream = 0; stream < 7; stream++) client.open(stream)
    const error = await client.next('error', 6)
    expect(error).toMatchObject({ code: 'client_limit', errorType: 'rate_limit_error', retryable: true })
    expect(error.message).toBe(
      'streams: got one more than the 6 of this client, expected at most 6; end one, then try again',
    )
    expect(error.retryAfterMs).toBeGreaterThan(0)
    // Another connection is the same client; another address is not.
    const again = await connected()
    again.open(1)
    expect(await again.next('error', 1)).toMatchObject({ code: 'client_limit' })
    expect(await openedFrom('127.0.0.2')).toBe('opened')
    client.send({ type: 'cancel', stream: 0 })
    await client.next('cancelled', 0)
    again.open(2)
    await again.next('opened', 2)
  })

  it('are all for the holder of a token', async () => {
    await started({}, 8, ['a-token-of-the-backend'])
    const client = await connected('a-token-of-the-backend')
    for (let stream = 0; stream < 8; stream++) client.open(stream)
    await client.next('opened', 7)
  })

  it('are as many as the operator says, for everyone', async () => {
    await started({ streamsPerClient: 2 }, 8, ['a-token-of-the-backend'])
    const client = await connected('a-token-of-the-backend')
    for (let stream = 0; stream < 3; stream++) client.open(stream)
    expect(await client.next('error', 2)).toMatchObject({ code: 'client_limit' })
    expect(client.all('opened', 1)).toHaveLength(1)
  })

  it('count the connections too', async () => {
    await started({ sockets: 4 })
    for (let socket = 0; socket < 3; socket++) await connected()
    const { status, headers, body } = await RawClient.refused(running.url)
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(JSON.parse(body).error).toMatchObject({ code: 'client_limit', type: 'rate_limit_error' })
    expect(await openedFrom('127.0.0.2')).toBe('opened')
  })
})

/** What the server answers to an `open` from an address of this machine. */
async function openedFrom(localAddress: string): Promise<string> {
  const socket = new WebSocket(running.url, ['glowcast.v1'], { localAddress })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'open', stream: 1, mel: mockMel }))
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const { type } = JSON.parse(data.toString()) as ServerMessage
      if (type === 'ready') return
      resolve(type)
      socket.terminate()
    })
  })
}
