import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import WebSocketClient, { WebSocketServer } from 'ws'
import { defaultLimits, protocolLimits } from '../../../server/operations/limits.js'
import { type ClientOptions, GlowcastClient } from '../../../web-audio-client/client.js'
import type { ConnectionState } from '../../../web-audio-client/connection/connection-state.js'
import { GlowcastClientError } from '../../../web-audio-client/connection/errors.js'
import type { CreateSocket } from '../../../web-audio-client/connection/socket.js'
import { eventually } from '../../eventually.js'
import { MockBackend } from '../../server/mock-backend.js'
import { startTestServer, type TestServer } from '../../server/test-server.js'
import { useScriptedServer } from '../scripted-client.js'
import { mel } from '../scripted-server.js'

const scripted = useScriptedServer()

const url = 'ws://127.0.0.1:9/v1/stream'
const nodeSocket = ((address, protocols) => new WebSocketClient(address, protocols)) as CreateSocket
/** As a browser's page does it, with an Origin and no other header. */
const pageSocket = (origin: string) =>
  ((address, protocols) => new WebSocketClient(address, protocols, { origin })) as CreateSocket

/** The one attempt's outcome; a client that tried again would wait for a minute. */
async function refusalOf(options: ClientOptions) {
  const names: string[] = []
  const onState = ({ name }: ConnectionState) => names.push(name)
  const client = new GlowcastClient({ reconnect: { firstMs: 60_000 }, ...options, onState })
  const error = await client.connect().catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(GlowcastClientError)
  return { error: error as GlowcastClientError, names, client }
}

describe('what cannot heal ends the client at once', () => {
  it('no WebSocket, as in Node 20', async () => {
    vi.stubGlobal('WebSocket', undefined)
    const { error, names } = await refusalOf({ url })
    vi.unstubAllGlobals()
    expect(error).toMatchObject({ code: 'invalid_argument', field: 'createSocket', retryable: false })
    expect(error.message).toMatch(/^createSocket: got no global WebSocket, expected .*of the package "ws"$/)
    expect(names).toEqual(['connecting', 'closed'])
  })

  it.each([
    ['/v1/stream', /^url: got "\/v1\/stream", expected a whole address such as wss:/],
    ['', /^url: got "", expected a whole address/],
    ['nonsense', /expected a whole address/],
    ['wss://', /expected a whole address/],
    ['ftp://voice.example.org', /^url: got "ftp:.*expected an address that begins with wss: or ws:/],
    [undefined, /^url: got undefined/],
    [null, /^url: got null/],
    [7, /^url: got 7/],
  ])('the address %j', (wrong, message) => {
    const make = () => new GlowcastClient({ url: wrong as string })
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_argument', field: 'url' }))
  })

  it('no options, or functions that are none', () => {
    expect(() => new GlowcastClient(undefined as never)).toThrow('options: got undefined, expected { url }')
    expect(() => new GlowcastClient({ url, token: 'secret' as never })).toThrow('token: got string, expected')
    expect(() => new GlowcastClient({ url, createSocket: {} as never })).toThrow('createSocket: got object')
  })

  it.each([
    [{ silenceMs: Number.NaN }, /^silenceMs: got NaN, expected ms from 100 on/],
    [{ handshakeMs: 1 }, /^handshakeMs: got 1/],
    [{ reconnect: { attempts: 0 } }, /^reconnect.attempts: got 0, expected a whole number from 1 on/],
    [{ reconnect: { firstMs: -1 } }, /^reconnect.firstMs: got -1/],
    [{ reconnect: { maxMs: Number.POSITIVE_INFINITY } }, /^reconnect.maxMs: got Infinity/],
  ])('the times %j', (wrong, message) => {
    expect(() => new GlowcastClient({ url, ...wrong })).toThrow(message)
  })

  it.each([
    ['a space', 'a b', /^token: got " " at index 1, expected letters, digits/],
    ['base64', 'YWI=', /^token: got "=" at index 3/],
    ['a line break', 'abc\n', /^token: got "\\n" at index 3/],
    ['another alphabet', 'ключ', /^token: got "к" at index 0/],
    ['empty text', '', /^token: got an empty text/],
    ['no text', undefined, /^token: got undefined, expected the text of a token/],
    ['JSON', { token: 'x' }, /^token: got object/],
  ])('a token of %s', async (_, token, message) => {
    const { error } = await refusalOf({ url, createSocket: nodeSocket, token: () => token as string })
    expect(error).toMatchObject({ code: 'invalid_argument', field: 'token' })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('YWI')
  })

  it('a token function that throws', async () => {
    for (const token of [
      () => {
        throw new Error('no session')
      },
      () => Promise.reject(new Error('no session')),
    ]) {
      const { error, names } = await refusalOf({ url, token, createSocket: nodeSocket })
      expect(error).toMatchObject({ code: 'connection_failed', field: 'token', message: 'token: no session' })
      expect(names).toEqual(['connecting', 'closed'])
    }
  })

  it('a createSocket that throws', async () => {
    const createSocket = () => {
      throw new SyntaxError('An invalid or duplicated subprotocol was specified')
    }
    const { error } = await refusalOf({ url, createSocket })
    expect(error).toMatchObject({ code: 'invalid_argument', field: 'createSocket' })
    expect(error.message).toMatch(/^createSocket: An invalid or duplicated/)
  })

  it('a stream that is opened meanwhile is told the same', async () => {
    vi.stubGlobal('WebSocket', undefined)
    const stream = new GlowcastClient({ url }).open({ mel })
    await expect(stream.opened).rejects.toMatchObject({ code: 'invalid_argument', field: 'createSocket' })
    vi.unstubAllGlobals()
  })
})

describe('a token function that has worked', () => {
  it('may fail for a while, as its server may restart with this one', async () => {
    let calls = 0
    const token = () => {
      calls += 1
      if (calls === 2 || calls === 3) throw new TypeError('fetch failed')
      return `t${calls}`
    }
    const stream = scripted.start({}, { token }).open({ mel })
    await stream.opened
    scripted.server.sessions[0]!.socket.terminate()
    await eventually(() => expect(scripted.server.offered).toHaveLength(2))
    expect(scripted.server.offered[1]).toMatch(/token\.t4$/)
  })

  it('ends the client when its error says so', async () => {
    let calls = 0
    const token = () => {
      if (++calls === 1) return 't'
      throw Object.assign(new Error('logged out'), { retryable: false })
    }
    const client = scripted.start({}, { token })
    const stream = client.open({ mel })
    await stream.opened
    scripted.server.sessions[0]!.socket.terminate()
    await eventually(() => expect(client.state).toMatchObject({ name: 'closed' }))
    expect(client.state).toMatchObject({ reason: { message: 'token: logged out', field: 'token' } })
  })

  it('keeps the code of an error of its own kind', async () => {
    const token = () => {
      throw new GlowcastClientError('unauthorized', 'unknown token')
    }
    const { error } = await refusalOf({ url, createSocket: nodeSocket, token })
    expect(error).toMatchObject({ code: 'unauthorized', field: 'token', retryable: false })
    expect(error.message).toBe('token: unknown token')
  })
})

describe('the real server', () => {
  let running: TestServer | undefined

  afterEach(async () => {
    await running?.stop()
    running = undefined
  })

  const tokens = ['secret-token-of-a-test']

  it('tells a page without a token, and with a wrong one, at once', async () => {
    running = await startTestServer({ backend: new MockBackend(1), tokens })
    const createSocket = pageSocket(running.http)
    const without = await refusalOf({ url: running.url, createSocket })
    expect(without.error).toMatchObject({ code: 'unauthorized', retryable: false })
    expect(without.error.message).toMatch(/token: got none/)
    expect(without.names).toEqual(['connecting', 'closed'])
    const wrong = await refusalOf({ url: running.url, createSocket, token: () => '1.2.3' })
    expect(wrong.error).toMatchObject({ code: 'unauthorized' })
    expect(wrong.error.message).toMatch(/unknown or has expired/)
  })

  it("tells a page of another origin the server's option that lets it in", async () => {
    running = await startTestServer({ backend: new MockBackend(1) })
    const { error } = await refusalOf({
      url: running.url,
      createSocket: pageSocket('https://friend.example'),
    })
    expect(error).toMatchObject({ code: 'forbidden', field: 'Origin', retryable: false })
    expect(error.message).toContain('--allowed-origins https://friend.example')
  })

  it('tells programs by the status of its answer', async () => {
    running = await startTestServer({ backend: new MockBackend(1), tokens })
    const refused = await refusalOf({ url: running.url, createSocket: nodeSocket })
    expect(refused.error).toMatchObject({ code: 'unauthorized' })
    expect(refused.error.message).toMatch(/wants a token.*\(401\)$/)
    const lost = await refusalOf({ url: `${running.url}x`, createSocket: nodeSocket })
    expect(lost.error).toMatchObject({ code: 'not_found' })
  })

  it('lets a page in by an http address', async () => {
    running = await startTestServer({ backend: new MockBackend(1) })
    const client = new GlowcastClient({ url: `${running.http}/v1/stream`, createSocket: nodeSocket })
    expect((await client.connect()).protocol).toBe('glowcast.v1')
    client.close()
  })
})

describe('close codes whose message was lost', () => {
  async function closedWith(code: number): Promise<GlowcastClientError> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'glowcast.v1' })
    await once(server, 'listening')
    server.on('connection', (socket) => socket.close(code))
    const { port } = server.address() as AddressInfo
    const client = new GlowcastClient({ url: `ws://127.0.0.1:${port}`, createSocket: nodeSocket })
    const reason = await new Promise<GlowcastClientError>((resolve) => {
      client.addEventListener('statechange', ({ detail }) => {
        if (detail.name === 'waiting' || detail.name === 'closed') resolve(detail.reason)
      })
      client.connect().catch(() => undefined)
    })
    client.close()
    for (const socket of server.clients) socket.terminate()
    server.close()
    return reason
  }

  it.each([
    [4401, 'unauthorized', false],
    [4403, 'forbidden', false],
    [4404, 'connection_failed', false],
    [1008, 'connection_failed', false],
    [1013, 'overloaded', true],
    [1001, 'connection_lost', true],
    [1011, 'connection_lost', true],
  ])('%i is %s, retryable: %s', async (code, name, retryable) => {
    expect(await closedWith(code)).toMatchObject({ code: name, retryable })
  })
})

describe('a server that restarts or is full', () => {
  it('is waited for, however often it has no room', async () => {
    let full = 12
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'glowcast.v1' })
    await once(server, 'listening')
    const error = { type: 'error', code: 'draining', errorType: 'overloaded_error', message: 'stopping' }
    server.on('connection', (socket) => {
      if (full-- > 0) {
        socket.send(JSON.stringify({ ...error, retryable: true, retryAfterMs: 1 }))
        socket.close(1013)
      } else {
        const limits = protocolLimits(defaultLimits)
        socket.send(JSON.stringify({ type: 'ready', protocol: 'glowcast.v1', models: [], limits }))
      }
    })
    const { port } = server.address() as AddressInfo
    const client = new GlowcastClient({ url: `ws://127.0.0.1:${port}`, createSocket: nodeSocket })
    const reasons: string[] = []
    client.addEventListener('statechange', ({ detail }) => {
      if (detail.name === 'waiting') reasons.push(detail.reason.code)
    })
    await client.connect()
    // More than the eight attempts that a program outside of a page makes.
    expect(reasons).toEqual(Array.from({ length: 12 }, () => 'draining'))
    client.close()
    for (const socket of server.clients) socket.terminate()
    server.close()
  })

  it('is given up when the caller says so', async () => {
    const attempts = { attempts: Number.POSITIVE_INFINITY, firstMs: 1, maxMs: 2 }
    const client = new GlowcastClient({ url, createSocket: nodeSocket, reconnect: attempts })
    const controller = new AbortController()
    const connecting = client.connect({ signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(connecting).rejects.toThrow('enough')
    // Nobody waits, and no stream is open: it tries no more.
    await vi.waitFor(() => expect(client.state.name).toBe('idle'))
    await expect(client.connect({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(client.state.name).toBe('idle')
    client.close()
    client.close()
    expect(client.state).toMatchObject({ name: 'closed', reason: { code: 'closed' } })
  })

  it('is not given up while somebody else waits', async () => {
    const client = scripted.start()
    const controller = new AbortController()
    const left = client.connect({ signal: controller.signal })
    const stays = client.connect()
    controller.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    expect((await stays).protocol).toBe('glowcast.v1')
  })
})

describe('a connection that stands', () => {
  it('is stalled while a server that owes an answer is not heard, and ready again when it is', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    try {
      const client = scripted.start({ intercept: ({ type }) => type === 'end' }, { silenceMs: 1e9 })
      const names: string[] = []
      client.addEventListener('statechange', ({ detail }) => names.push(detail.name))
      const stream = client.open({ mel })
      await stream.opened
      void stream.end().catch(() => undefined)
      await eventually(() => expect(scripted.server.sessions[0]!.received).toHaveLength(2))
      await vi.advanceTimersByTimeAsync(4000)
      expect(client.state.name).toBe('stalled')
      scripted.server.sessions[0]!.send({ type: 'credit', stream: stream.number, frames: 1 })
      await eventually(async () => {
        await vi.advanceTimersByTimeAsync(600)
        expect(client.state.name).toBe('ready')
      })
      expect(names).toEqual(['connecting', 'ready', 'stalled', 'ready'])
    } finally {
      vi.useRealTimers()
    }
  })
})
