import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { createGlowcast } from '../../../server/index.js'
import { upgradePath } from '../../../server/websocket/upgrade-target.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

let running: TestServer | undefined

afterEach(async () => {
  await running?.stop()
  running = undefined
})

/** The first line that a server answers to an upgrade request for this target. */
function answerTo(target: string, port: number, headers: string[] = []): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const lines = [
    `GET ${target} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol: glowcast.v1',
    ...headers,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (part) => {
      text += part
      const [line] = text.split('\r\n')
      if (!line!.includes(' 101 ')) return
      socket.destroy()
      resolve(line!)
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text.split('\r\n')[0]!))
  })
}

const malformed = [
  ...['//', '///', '/\\', '//[', '//a:b', '//%', '//@', '//:99999999/v1/stream', '/%', '/?//'],
  ...['//localhost/v1/stream', '/v1/stream/', '/v1//stream', 'http://[x', 'http://', 'http:', '*', '%', 'x'],
]

describe('an upgrade request', () => {
  it.each(malformed)('for %s is answered on its socket, with and without a token', async (target) => {
    running = await startTestServer({ backend: new MockBackend(), tokens: ['a-secret-test-token'] })
    const port = Number(new URL(running.http).port)
    expect(await answerTo(target, port)).toMatch(/^HTTP\/1\.1 40[04] /)
    const token = ['Authorization: Bearer a-secret-test-token', 'Origin: https://elsewhere.example']
    expect(await answerTo(target, port, token)).toMatch(/^HTTP\/1\.1 40[04] /)
    expect((await fetch(`${running.http}/healthz`)).status).toBe(200)
  })

  it('may give its path with a query, or as a whole URL', async () => {
    running = await startTestServer({ backend: new MockBackend() })
    const port = Number(new URL(running.http).port)
    expect(await answerTo('/v1/stream?a=//b', port)).toMatch(/ 101 /)
    expect(await answerTo(`http://localhost:${port}/v1/stream`, port)).toMatch(/ 101 /)
  })

  it('that no listener can serve is answered beside others too; their own are left to them', async () => {
    running = await startTestServer({ backend: new MockBackend() })
    const seen: string[] = []
    running.server.on('upgrade', ({ url }, socket) => {
      seen.push(url!)
      if (url === '//') socket.end('HTTP/1.1 418 Teapot\r\n\r\n')
    })
    const port = Number(new URL(running.http).port)
    expect(await answerTo('http://[x', port)).toMatch(/^HTTP\/1\.1 400 /)
    expect(await answerTo('//', port)).toMatch(/^HTTP\/1\.1 418 /)
    expect(seen).toEqual(['http://[x', '//'])
  })

  it('that is broken off while it is refused harms nothing', async () => {
    running = await startTestServer({ backend: new MockBackend() })
    const port = Number(new URL(running.http).port)
    for (let round = 0; round < 20; round++) {
      const socket = connect(port, '127.0.0.1')
      socket.write('GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      await once(socket, 'connect')
      socket.resetAndDestroy()
    }
    expect((await fetch(`${running.http}/healthz`)).status).toBe(200)
  })

  it('keeps its path, whatever stands in front of it', () => {
    expect(upgradePath('//host/v1/stream')).toBe('//host/v1/stream')
    expect(upgradePath('/v1/stream?x#y')).toBe('/v1/stream')
    expect(upgradePath('http://[x')).toBeUndefined()
    expect(upgradePath(undefined)).toBe('/')
  })
})

describe('beside a WebSocketServer of the application', () => {
  it.each(['before', 'after'])('attached %s it, the log warns for each path', async (order) => {
    const warnings: string[] = []
    const write = (line: string) => warnings.push((JSON.parse(line) as { msg: string }).msg)
    const glowcast = await createGlowcast({
      backend: new MockBackend(),
      log: pino({ level: 'warn' }, { write }),
    })
    const server = createServer()
    const other = () => new WebSocketServer({ server, path: '/chat' })
    if (order === 'after') other()
    glowcast.attach(server, { path: '/voice/stream' })
    if (order === 'before') other()
    glowcast.attach(server, { path: '/voice/second' })
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toMatch(/noServer: true/)
    await glowcast.stop()
  })

  it('does not warn of its own listeners, and serves beside one with noServer', async () => {
    const warnings: string[] = []
    const glowcast = await createGlowcast({
      backend: new MockBackend(),
      log: pino({ level: 'warn' }, { write: (line) => warnings.push(line) }),
    })
    const server = createServer()
    glowcast.attach(server, { path: '/voice/stream' })
    glowcast.attach(server, { path: '/voice/second' })
    expect(warnings).toEqual([])
    const chat = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/chat') chat.handleUpgrade(request, socket, head, (ws) => ws.send('hello'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const client = await RawClient.connect(`ws://127.0.0.1:${port}/voice/second`)
    client.socket.terminate()
    await glowcast.stop()
    server.closeAllConnections()
    server.close()
  })
})
