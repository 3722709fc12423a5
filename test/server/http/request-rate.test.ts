import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { RequestRate } from '../../../server/http/request-rate.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { rawRequest } from '../raw-request.js'
import { startTestServer, type TestServer } from '../test-server.js'

const from = (remoteAddress: string) => ({ socket: { remoteAddress }, headers: {} }) as IncomingMessage

describe('RequestRate', () => {
  it('refuses what an address asks for beyond its rate, and forgets who has paid', () => {
    let time = 0
    const rate = new RequestRate({ requestsPerSecond: 10, trustedProxies: 0 }, () => time)
    for (let i = 0; i < 20; i++) expect(rate.refusal(from('10.0.0.1'))).toBeUndefined()
    expect(rate.refusal(from('10.0.0.1'))).toBeUndefined()
    expect(rate.refusal(from('10.0.0.1'))).toMatchObject({
      code: 'rate_limited',
      message: 'requests: got more than the client may make, expected at most 10 a second',
      details: { field: 'requests', retryAfterMs: 100 },
    })
    expect(rate.refusal(from('10.0.0.2'))).toBeUndefined()
    time = 100
    expect(rate.refusal(from('10.0.0.1'))).toBeUndefined()
    time = 10_000
    expect(rate.refusal(from('10.0.0.3'))).toBeUndefined()
    expect(rate.size).toBe(1)
  })
})

it('counts a request once, whoever asks', () => {
  const rate = new RequestRate({ requestsPerSecond: 1, trustedProxies: 0 }, () => 0)
  const request = from('10.0.0.1')
  for (let i = 0; i < 9; i++) expect(rate.refusal(request)).toBeUndefined()
  for (let i = 0; i < 2; i++) expect(rate.refusal(from('10.0.0.1'))).toBeUndefined()
  expect(rate.refusal(from('10.0.0.1'))).toBeDefined()
})

describe('a flood of requests', () => {
  const token = 'a-secret-token-of-a-test'
  const headers = { Authorization: `Bearer ${token}` }
  let running: TestServer | undefined

  afterEach(() => running?.stop())

  async function started(): Promise<void> {
    const limits = { requestsPerSecond: 1, drainMs: 50 }
    running = await startTestServer({ backend: new MockBackend(), tokens: [token], limits })
  }

  it.each(['/healthz', '/', '/v1/models', '/none'])('for %s in one packet is cut', async (path) => {
    await started()
    const neighbour = await RawClient.connect(running!.url, { headers })
    const port = Number(new URL(running!.http).port)
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const { statuses, closed } = await rawRequest(port, request.repeat(500))
    expect(closed).toBe(true)
    expect(statuses.length).toBeLessThan(20)
    neighbour.open(1)
    await neighbour.next('opened', 1)
    neighbour.socket.terminate()
  })

  it.each(['/healthz', '/', '/none'])(
    'for %s on many connections is told when to come again',
    async (path) => {
      await started()
      const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${running!.http}${path}`)))
      const refused = answers.find(({ status }) => status === 429)
      expect(refused?.headers.get('retry-after')).toBe('1')
      expect(await refused?.json()).toMatchObject({ error: { code: 'rate_limited', param: 'requests' } })
    },
  )

  it('is counted once, and together with upgrades', async () => {
    const limits = { requestsPerSecond: 3, drainMs: 50 }
    running = await startTestServer({ backend: new MockBackend(), tokens: [token], limits })
    // Six at once: the server and its router see each of them.
    const answers: number[] = []
    for (let i = 0; i < 3; i++) {
      answers.push((await fetch(`${running.http}/healthz`)).status)
      answers.push((await RawClient.refused(running.url)).status)
    }
    expect(answers).toEqual([200, 401, 200, 401, 200, 401])
    const more = Array.from({ length: 6 }, () => RawClient.refused(running!.url))
    expect((await Promise.all(more)).map(({ status }) => status)).toContain(429)
  })

  it('is counted where it asks for upgrades too', async () => {
    await started()
    const answers = await Promise.all(Array.from({ length: 20 }, () => RawClient.refused(running!.url)))
    expect(answers[0]!.status).toBe(401)
    expect(answers.map(({ status }) => status)).toContain(429)
  })
})
