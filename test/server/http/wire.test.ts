import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { floatsToBytes } from '../../../src/protocol/messages.js'
import { MockBackend } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { rawRequest } from '../raw-request.js'
import { startTestServer, type TestServer } from '../test-server.js'

let running: TestServer
let port: number

beforeAll(async () => {
  running = await startTestServer({
    backend: new MockBackend(100),
    scoring: new MockScoring(),
    limits: { drainMs: 100, bodyBytes: 3_000_000 },
  })
  port = Number(new URL(running.http).port)
})
afterAll(() => running.stop())

const post = (headers: string[], body = '', path = '/v1/vocode') =>
  `${[`POST ${path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/octet-stream', ...headers].join('\r\n')}\r\n\r\n${body}`
const lives = async () => expect((await fetch(`${running.http}/healthz`)).status).toBe(200)
const mel = Buffer.from(floatsToBytes(new Float32Array(10 * 80).fill(-6))).toString('latin1')

describe('a request of which it is not clear where it ends', () => {
  const hidden = 'GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const smuggled: [string, string[]][] = [
    ['two lengths', ['Content-Length: 0', `Content-Length: ${hidden.length}`]],
    ['two lengths in one', [`Content-Length: 0, ${hidden.length}`]],
    ['a length and chunks', [`Content-Length: ${hidden.length}`, 'Transfer-Encoding: chunked']],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4']],
    ['chunks twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']],
    ['chunks with a tab', ['Transfer-Encoding:\tchunked, identity']],
    ['no chunks', ['Transfer-Encoding: xchunked']],
    ['a length with a sign', ['Content-Length: +5']],
    ['a length that is none', ['Content-Length: 0x10']],
    ['a length beyond all numbers', [`Content-Length: ${'9'.repeat(30)}`]],
    ['a space before the colon', ['Content-Length : 5']],
    ['a folded header', ['X: a', ' Content-Length: 5']],
    ['a header without a name', [': 5']],
    ['a naked line feed', ['X: a\nTransfer-Encoding: chunked', 'Content-Length: 4']],
  ]
  it.each(smuggled)('(%s) is refused, and what follows is no request', async (_, headers) => {
    const { statuses, text, closed } = await rawRequest(port, post(headers, `0\r\n\r\n${hidden}`), {
      end: true,
    })
    expect(closed).toBe(true)
    expect(text).not.toContain('"object":"list"')
    expect(statuses).toHaveLength(1)
    expect(statuses[0]).toBeGreaterThanOrEqual(400)
    expect(statuses[0]).toBeLessThan(500)
    await lives()
  })
})

describe('a header that is too much', () => {
  it.each<[string, string, number]>([
    ['one long value', `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['many values', `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(20_000)}\r\n`, 431],
    ['a long target', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
    ['a long method', `${'X'.repeat(20_000)} / HTTP/1.1\r\nHost: localhost\r\n\r\n`, 400],
    [
      'many trailers',
      `${post(['Transfer-Encoding: chunked'], `0\r\n${'X: y\r\n'.repeat(20_000)}\r\n`)}`,
      431,
    ],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a tunnel', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n', 0],
  ])('(%s) ends its connection and no other', async (_, text, status) => {
    const { statuses, closed } = await rawRequest(port, text)
    expect(closed).toBe(true)
    expect(statuses).toEqual(status === 0 ? [] : [status])
    await lives()
  })
})

describe('a client that asks before it sends a body', () => {
  it('is told to go on where the body is wanted, and answered on a connection that stays', async () => {
    const until = (text: string) => text.includes(' 200 ') || text.includes(' 4')
    const ask = post([`Content-Length: ${mel.length}`, 'Expect: 100-continue'])
    const { statuses, text } = await rawRequest(port, ask + mel, { until })
    expect(statuses).toEqual([100, 200])
    expect(text).not.toMatch(/^connection: close/im)
  })

  it.each<[string, string, number]>([
    ['a body that is too large', post(['Content-Length: 1000000000', 'Expect: 100-continue']), 413],
    [
      'a query that is wrong',
      post(['Content-Length: 1000', 'Expect: 100-continue'], '', '/v1/vocode?seed=x'),
      400,
    ],
    ['no route', post(['Content-Length: 1000', 'Expect: 100-continue'], '', '/v1/sing'), 404],
    // Without the last header Node closes it, too, but 6 s later.
    ['another expectation', post(['Content-Length: 1000', 'Expect: a-miracle', 'Connection: close']), 417],
  ])('is not told to send %s', async (_, text, status) => {
    const { statuses, closed } = await rawRequest(port, text)
    expect({ statuses, closed }).toEqual({ statuses: [status], closed: true })
    await lives()
  })
})

describe('a client that leaves in the middle', () => {
  it('of a body, by closing one half, is answered or closed, and its permit is free', async () => {
    for (let i = 0; i < 12; i++) {
      const half = post(['Content-Length: 100000', 'Connection: close'], mel)
      const { closed } = await rawRequest(port, half, { end: true })
      expect(closed).toBe(true)
    }
    const whole = await rawRequest(port, post([`Content-Length: ${mel.length}`, 'Connection: close'], mel))
    expect(whole.statuses).toEqual([200])
  })

  it('sees why a body is refused that it sends to its end before it looks', async () => {
    const part = Buffer.alloc(4_000_000)
    const chunked = Buffer.concat([
      Buffer.from(`${post(['Transfer-Encoding: chunked'])}${part.length.toString(16)}\r\n`),
      part,
      Buffer.from('\r\n0\r\n\r\n'),
    ])
    const { statuses } = await rawRequest(port, chunked)
    expect(statuses).toEqual([413])
  })
})
