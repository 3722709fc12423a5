import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type Duplex, PassThrough } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, type WebSocketServer } from 'ws'
import { ApiError } from '../../../server/operations/api-error.js'
import { TurningAway } from '../../../server/websocket/turn-away.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

let running: TestServer | undefined

afterEach(async () => {
  await running?.stop()
  running = undefined
})

interface Visit {
  readonly code: number
  readonly reason: string
  readonly told: readonly Record<string, unknown>[]
}

/** What a page is told whose connection is accepted only to be closed. */
async function visit(protocols: string[], origin?: string): Promise<Visit> {
  const page = new WebSocket(running!.url, protocols, origin === undefined ? {} : { origin })
  const told: Record<string, unknown>[] = []
  page.on('message', (data) => told.push(JSON.parse(data.toString())))
  const [code, reason] = (await once(page, 'close')) as [number, Buffer]
  return { code, reason: reason.toString(), told }
}

describe('a page that may not connect', () => {
  it('is told that its token is missing or wrong, and closed with 4401', async () => {
    running = await startTestServer({ backend: new MockBackend(1), tokens: ['secret-token-of-a-test'] })
    const without = await visit(['glowcast.v1'], running!.http)
    expect(without).toMatchObject({ code: 4401, reason: 'unauthorized' })
    expect(without.told).toMatchObject([
      { type: 'error', code: 'unauthorized', retryable: false, message: expect.stringMatching(/got none/) },
    ])
    const wrong = await visit(['glowcast.v1', 'glowcast.token.1.2.3'], running!.http)
    expect(wrong.told).toMatchObject([{ message: expect.stringMatching(/unknown or has expired/) }])
  })

  it('is told which option of the server lets its origin in, and closed with 4403', async () => {
    running = await startTestServer({ backend: new MockBackend(1) })
    const { code, reason, told } = await visit(['glowcast.v1'], 'https://friend.example')
    expect({ code, reason }).toEqual({ code: 4403, reason: 'forbidden' })
    expect(told).toMatchObject([
      { code: 'forbidden', message: expect.stringMatching('--allowed-origins https://friend.example') },
    ])
  })

  it('is told so without an Origin too when it offers a token, as programs that cannot set headers do', async () => {
    running = await startTestServer({ backend: new MockBackend(1), tokens: ['secret-token-of-a-test'] })
    expect((await visit(['glowcast.v1', 'glowcast.token.x'])).code).toBe(4401)
  })

  it('gets the HTTP answer where it does not speak the protocol, and so do programs', async () => {
    running = await startTestServer({ backend: new MockBackend(1), tokens: ['secret-token-of-a-test'] })
    const headers = { Origin: running!.http }
    expect((await RawClient.refused(running!.url, { headers, protocols: ['other'] })).status).toBe(401)
    expect((await RawClient.refused(running!.url)).status).toBe(401)
  })
})

describe('TurningAway', () => {
  it('takes 64 connections at a time', () => {
    const away = new TurningAway({ handleUpgrade: () => undefined } as unknown as WebSocketServer)
    const headers = { origin: 'https://crowd.example', 'sec-websocket-protocol': 'glowcast.v1' }
    const take = (socket: Duplex) =>
      away.take({ headers } as IncomingMessage, socket, Buffer.alloc(0), new ApiError('forbidden', 'no'))
    const first = new PassThrough()
    expect(take(first)).toBe(true)
    for (let i = 1; i < 64; i++) expect(take(new PassThrough())).toBe(true)
    expect(take(new PassThrough())).toBe(false)
    first.emit('close')
    expect(take(new PassThrough())).toBe(true)
    expect(take(new PassThrough())).toBe(false)
  })
})
