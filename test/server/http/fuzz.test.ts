import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { MockBackend } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { startTestServer, type TestServer } from '../test-server.js'

let running: TestServer

beforeAll(async () => {
  const limits = { bodyBytes: 50_000, drainMs: 100, requestsPerSecond: 10_000 }
  running = await startTestServer({ backend: new MockBackend(100), scoring: new MockScoring(), limits })
})
afterAll(() => running.stop())

const methods = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE']
const routes = ['/', '/v1/vocode', '/v1/score', '/v1/models', '/v1/tokens', '/metrics', '/healthz', '/readyz']
const targets = [
  ...routes,
  ...[
    '//',
    '/\\\\',
    '//[',
    '*',
    'http://',
    'http://[x/',
    '/%00',
    '/%',
    '/%ff',
    '/v1/%2e%2e/x',
    '/v1/../v1',
    '/;',
  ],
  ...[
    '?',
    '?a',
    '?seed=1&seed=2',
    '?__proto__[x]=1',
    '?constructor=2',
    '?toString=1',
    '?seed[]=1',
    '?%=%',
  ].map((query) => `/v1/vocode${query}`),
  ...['?group=__proto__', '?group=toString', '?blockSeconds=1e999', '?falseAlarmRate=NaN'].map(
    (query) => `/v1/score${query}`,
  ),
  ...['?seed=1e400', '?seed=-0', '?melProjections=9e15', `?seed=${'9'.repeat(4000)}`, '?axes='].map(
    (query) => `/v1/vocode${query}`,
  ),
]
const headers = [
  ...[
    'audio/wav',
    'audio/',
    '/',
    ';',
    'audio/pcm',
    'audio/pcm;rate',
    'audio/pcm;rate=1e9',
    'audio/pcm;__proto__=1',
  ],
  ...[
    'audio/pcm;rate=16000;channels=0',
    'audio/pcm; rate="16000"',
    'application/octet-stream;;;=;',
    'a'.repeat(5000),
  ],
]
  .map((type) => `Content-Type: ${type}`)
  .concat(
    ['gzip', 'br', 'deflate', 'x', 'gzip, gzip', '__proto__', 'toString'].map(
      (name) => `Content-Encoding: ${name}`,
    ),
    ['*/*', 'audio/pcm', ';', 'q=0', 'audio/*;q=x', ','.repeat(2000)].map((accept) => `Accept: ${accept}`),
    ['null', 'http://', 'x', 'https://evil.test'].map((origin) => `Origin: ${origin}`),
    ['Bearer', 'Bearer  ', 'Basic x', 'Bearer 1.2.3', ''].map((value) => `Authorization: ${value}`),
    ['Expect: 100-continue', 'Expect: x', 'Range: bytes=9-1', 'If-None-Match: *', 'If-Modified-Since: x'],
    ['Transfer-Encoding: chunked', 'Connection: Upgrade', 'Upgrade: h2c', 'Host: evil.test', 'Cookie: ='],
  )
const bodies = ['', 'RIFF', 'fLaC', 'OggS', '\x93NUMPY', '{"a":', '\0'.repeat(320), 'ÿû'.repeat(100)]

/** What comes of one request, within a moment. */
function ask(text: string): Promise<string> {
  const { port } = new URL(running.http)
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.end(Buffer.from(text, 'latin1')))
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
    setTimeout(() => socket.destroy(), 3000).unref()
  })
}

it('answers no request with a mistake of its own', async () => {
  const random = new RandomStream(15, 5)
  const one = <Item>(items: readonly Item[]): Item => items[random.integer(items.length)]!
  for (let round = 0; round < 600; round++) {
    const body = one(bodies)
    const lines = Array.from({ length: random.integer(4) }, () => one(headers))
    const length = one([`Content-Length: ${body.length}`, '', 'Content-Length: 10', 'Content-Length: -1'])
    const head = [`${one(methods)} ${one(targets)} HTTP/1.1`, `Host: ${new URL(running.http).host}`, ...lines]
    const text = `${[...head, length].filter((line) => line !== '').join('\r\n')}\r\nConnection: close\r\n\r\n${body}`
    const answer = await ask(text)
    expect(answer.split('\r\n')[0], text).not.toMatch(/ 5\d\d /)
    expect(answer, text).not.toMatch(/node_modules|node:internal/)
  }
  expect((await fetch(`${running.http}/readyz`)).status).toBe(200)
})
