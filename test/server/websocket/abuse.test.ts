import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { SocketOutlet } from '../../../server/websocket/outlet.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { rawRequest } from '../raw-request.js'
import { startTestServer, type TestServer } from '../test-server.js'

let running: TestServer
const clients: RawClient[] = []

async function started(limits: object = {}, tokens: string[] = []): Promise<void> {
  running = await startTestServer({
    backend: new MockBackend(100),
    tokens,
    limits: { drainMs: 50, ...limits },
  })
}

async function connected(): Promise<RawClient> {
  const client = await RawClient.connect(running.url)
  clients.push(client)
  return client
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate()
  await running?.stop()
})

async function openStreams(): Promise<number> {
  const text = await (await fetch(`${running.http}/metrics`)).text()
  return Number(/^glowcast_streams_open (\d+)/m.exec(text)![1])
}

describe('a connection that is thrown out', () => {
  it('gives up its streams at once, whether its client answers or not', async () => {
    await started({ brokenMessages: 2 })
    const client = await connected()
    client.open(1)
    await client.next('opened', 1)
    expect(await openStreams()).toBe(1)
    // It does not read, and so does not answer the closing handshake.
    client.socket.pause()
    for (let i = 0; i < 2; i++) client.socket.send('{')
    while ((await openStreams()) > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    client.socket.resume()
    await client.until(() => client.closed !== undefined)
    expect(client.closed).toMatchObject({ code: 1008 })
  })

  it('is one whose message comes in more than 64 fragments', async () => {
    await started()
    for (const [fragments, isClosed] of [
      [64, false],
      [65, true],
    ] as const) {
      const client = await connected()
      for (let i = 1; i <= fragments; i++) client.socket.send('', { fin: i === fragments })
      await client.until(
        () => client.closed !== undefined || client.received.some(({ type }) => type === 'error'),
      )
      expect(client.closed?.code).toBe(isClosed ? 1008 : undefined)
    }
  })

  it('may have been turned away before: what it sends then is not listened to for long', async () => {
    await started({}, ['a-secret-token-of-a-test'])
    const socket = new WebSocket(running.url, ['glowcast.v1', 'glowcast.token.x'])
    socket.on('error', () => undefined)
    await once(socket, 'open')
    const closed = once(socket, 'close')
    for (let i = 0; i < 5000; i++) socket.ping()
    await closed
    expect((await fetch(`${running.http}/healthz`)).status).toBe(200)
  })
})

describe('SocketOutlet', () => {
  it('ends a connection whose client pings and does not read', () => {
    let terminated = 0
    const socket = Object.assign(new EventEmitter(), {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 0,
      pong(data: Buffer) {
        socket.bufferedAmount += data.length
      },
      terminate() {
        terminated += 1
        socket.readyState = 3
      },
    })
    const outlet = new SocketOutlet(
      socket as unknown as WebSocket,
      new PassThrough(),
      { stalledBytes: 1000, stalledMs: 60_000 },
      () => undefined,
    )
    for (let i = 0; i < 9; i++) outlet.pong(Buffer.alloc(125))
    outlet.stop()
    expect({ terminated, waiting: socket.bufferedAmount }).toEqual({ terminated: 1, waiting: 1125 })
  })
})

it('hands what is sent within a turn of the loop to the kernel at once', async () => {
  const calls: number[] = []
  const connection = new Writable({
    writev: (chunks, done) => {
      calls.push(chunks.length)
      done()
    },
  })
  const socket = {
    OPEN: 1,
    readyState: 1,
    get bufferedAmount() {
      return connection.writableLength
    },
    terminate: () => {
      throw new Error('taken for one that does not read')
    },
    send: (data: string | Uint8Array) => connection.write(data),
  }
  const outlet = new SocketOutlet(
    socket as unknown as WebSocket,
    connection,
    { stalledBytes: 100_000, stalledMs: 60_000 },
    () => undefined,
  )
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  for (const messages of [5, 3]) {
    for (let i = 0; i < messages; i++) outlet.send({ type: 'draining', closesInMs: i })
    await turn()
  }
  expect(calls.splice(0)).toEqual([5, 3])
  // Much does not wait for the turn's end: the kernel takes it, and the client reads.
  for (let i = 0; i < 40; i++) outlet.sendMedia(new Uint8Array(10_000), () => undefined)
  await turn()
  outlet.stop()
  expect(calls).toEqual([7, 7, 7, 7, 7, 5])
})

describe('an upgrade request whose headers are wrong', () => {
  const usual: Record<string, string> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol': 'glowcast.v1',
  }
  const wrong: [string, string[]][] = [
    [
      'Host',
      ['', ' ', 'evil.test', 'localhost:x', 'localhost:99999999', '[::1', 'localhost, evil.test', '\xff'],
    ],
    [
      'Origin',
      ['', 'null', 'http://', 'x', '//', 'http://[x', 'http://localhost@evil.test', 'javascript:1', '\xff'],
    ],
    ['Upgrade', ['h2c', 'websocket, h2c', 'websockets', ' ']],
    ['Sec-WebSocket-Version', ['', '0', '12', '13, 13', '1e1', '-13', '99999999999999999999']],
    [
      'Sec-WebSocket-Key',
      ['', 'x', 'A'.repeat(24), 'AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAA==, x', 'A'.repeat(9000)],
    ],
    [
      'Sec-WebSocket-Protocol',
      [
        '',
        ',',
        'glowcast.v2',
        'glowcast.v1,',
        'glowcast.v1,glowcast.v1',
        '"glowcast.v1"',
        'a b',
        'x,'.repeat(4000),
      ],
    ],
    [
      'Sec-WebSocket-Extensions',
      ['permessage-deflate; server_max_window_bits=99', ';', 'permessage-deflate;;', 'x'.repeat(9000)],
    ],
    ['Content-Length', ['10', '-1', 'x']],
    ['Transfer-Encoding', ['chunked', 'x']],
    ['X-Forwarded-For', ['x', ','.repeat(5000), '\xff']],
  ]
  const cases = wrong.flatMap(([name, values]) => values.map((value) => [name, value] as const))

  it('gets one answer, and costs nobody else anything', async () => {
    await started({ requestsPerSecond: 10_000 })
    const port = Number(new URL(running.http).port)
    const neighbour = await connected()
    for (const [name, value] of cases) {
      const lines = Object.entries({ ...usual, [name]: value }).map((entry) => entry.join(': '))
      const text = `GET /v1/stream HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
      const { statuses, text: answer } = await rawRequest(port, text, {
        until: (got) => got.includes('\r\n\r\n'),
      })
      const what = `${name}: ${value.slice(0, 60)}`
      expect(statuses, what).toHaveLength(1)
      expect(statuses[0] === 101 || (statuses[0]! >= 400 && statuses[0]! < 500), `${what} ${answer}`).toBe(
        true,
      )
    }
    // Every header twice.
    for (const [name, value] of Object.entries(usual)) {
      const lines = [...Object.entries(usual), [name, value]].map((entry) => entry.join(': '))
      const { statuses } = await rawRequest(
        port,
        `GET /v1/stream HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`,
        {
          until: (got) => got.includes('\r\n\r\n'),
        },
      )
      expect(statuses, name).toHaveLength(1)
    }
    neighbour.open(1)
    await neighbour.next('opened', 1)
  })

  it('may break off anywhere', async () => {
    await started({ requestsPerSecond: 10_000 })
    const port = Number(new URL(running.http).port)
    const head = `GET /v1/stream HTTP/1.1\r\n${Object.entries(usual)
      .map((entry) => entry.join(': '))
      .join('\r\n')}\r\n\r\n`
    for (let length = 0; length < head.length; length += 7) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.write(head.slice(0, length))
          if (length % 2 === 0) socket.end()
          else socket.resetAndDestroy()
        })
        socket.on('error', () => undefined)
        socket.resume()
        socket.on('close', () => resolve())
      })
    }
    await connected()
  })
})
