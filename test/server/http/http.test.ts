import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.js'
import { encodeNpy } from '../../../src/audio/mel/npy.js'
import { decodeWav, encodeWav } from '../../../src/audio/wav/wav.js'
import { bytesToFloats, floatsToBytes } from '../../../src/protocol/messages.js'
import { randomMel } from '../../tiny-model.js'
import { MockBackend, mockMel, mockSample } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const hop = mockMel.hopLength
const token = 'a-secret-of-tests'
const backend = new MockBackend()
let running: TestServer

beforeAll(async () => {
  running = await startTestServer({
    backend,
    tokens: [token],
    allowedOrigins: ['https://friend.example'],
    limits: { bodyBytes: 200_000, vocodeSeconds: 3, drainMs: 100 },
  })
})

afterAll(() => running.stop())

function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${running.http}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${token}`, ...init.headers },
  })
}

function vocode(body: Uint8Array, headers: Record<string, string>, query = ''): Promise<Response> {
  return call(`/v1/vocode${query}`, { method: 'POST', body: new Uint8Array(body), headers })
}

const octets = { 'Content-Type': 'application/octet-stream' }
const mel = randomMel(40)

describe('POST /v1/vocode', () => {
  it('makes a WAV file of float32 and of .npy frames', async () => {
    for (const body of [floatsToBytes(mel.data), encodeNpy([40, 80], mel.data)]) {
      const response = await vocode(body, octets, '?seed=3')
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('audio/wav')
      const bytes = new Uint8Array(await response.arrayBuffer())
      expect(response.headers.get('content-length')).toBe(`${bytes.length}`)
      const { sampleRate, channels } = decodeWav(bytes)
      expect(sampleRate).toBe(22_050)
      expect(channels[0]).toHaveLength(40 * hop)
      expect(channels[0]!.every((value, n) => value === mockSample(n, 3))).toBe(true)
    }
  })

  it('gives bare samples when asked', async () => {
    const accept = { ...octets, Accept: 'audio/pcm' }
    const response = await vocode(floatsToBytes(mel.data), accept, '?format=f32le')
    expect(response.headers.get('content-type')).toBe('audio/pcm;rate=22050;channels=1;encoding=f32le')
    const samples = bytesToFloats(new Uint8Array(await response.arrayBuffer()))
    expect(samples).toHaveLength(40 * hop)
    expect(samples.every((value, n) => value === mockSample(n))).toBe(true)
  })

  it.each(['speech.flac', 'speech.mp3', 'speech.opus'])('resynthesises %s', async (name) => {
    const recording = await readFile(join('test', 'fixtures', 'audio', name))
    const response = await vocode(recording, { 'Content-Type': 'audio/whatever' })
    expect(response.status).toBe(200)
    const frames = Number(response.headers.get('x-glowcast-frames'))
    expect(frames).toBeGreaterThan(100)
    expect(decodeWav(new Uint8Array(await response.arrayBuffer())).channels[0]).toHaveLength(frames * hop)
  })

  const wav = { 'Content-Type': 'audio/wav' }
  const wrong: [number, string, string, Uint8Array, Record<string, string>, string][] = [
    [415, 'unsupported_media_type', 'Content-Type', new Uint8Array(9), { 'Content-Type': 'text/plain' }, ''],
    [415, 'unsupported_media_type', 'body', new Uint8Array(99), { 'Content-Type': 'audio/wav' }, ''],
    [400, 'invalid_audio', 'body', Buffer.from('RIFF'), { 'Content-Type': 'audio/wav' }, ''],
    [400, 'invalid_mel', 'body', new Uint8Array(321), octets, ''],
    [400, 'invalid_mel', 'body', floatsToBytes(new Float32Array(80).fill(50)), octets, ''],
    [400, 'invalid_mel', 'body', floatsToBytes(new Float32Array(80)), octets, ''],
    [400, 'invalid_argument', 'melScaleCheck', floatsToBytes(mel.data), octets, '?melScaleCheck=maybe'],
    [400, 'invalid_argument', 'melConvention', floatsToBytes(mel.data), octets, '?melConvention=tacotron'],
    [400, 'invalid_argument', 'melConvention', new Uint8Array(400), octets, '?melConvention=kaldi'],
    [400, 'invalid_argument', 'melConvention', Buffer.from('RIFF'), wav, '?melConvention=matcha'],
    [400, 'invalid_message', 'body', new Uint8Array(0), octets, ''],
    [400, 'invalid_argument', 'body', floatsToBytes(new Float32Array(300 * 80).fill(-6)), octets, ''],
    [413, 'payload_too_large', 'body', new Uint8Array(200_001), octets, ''],
    [400, 'invalid_argument', 'seed', floatsToBytes(mel.data), octets, '?seed=x'],
    [400, 'invalid_argument', 'loud', floatsToBytes(mel.data), octets, '?loud=1'],
    [400, 'invalid_argument', 'melProjections', floatsToBytes(mel.data), octets, '?melProjections=7'],
    [400, 'invalid_argument', 'comb', floatsToBytes(mel.data), octets, '?comb=1'],
    [400, 'invalid_argument', 'comb', floatsToBytes(mel.data), octets, '?comb=true'],
    [400, 'invalid_argument', 'quality', floatsToBytes(mel.data), octets, '?quality=good'],
    [400, 'invalid_argument', 'quality', floatsToBytes(mel.data), octets, '?quality=best&melProjections=1'],
    [400, 'invalid_argument', 'Accept', floatsToBytes(mel.data), { ...octets, Accept: 'text/html' }, ''],
  ]
  it.each(wrong)('answers %i %s for a wrong %s', async (status, code, param, body, headers, query) => {
    const response = await vocode(body, headers, query)
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: Record<string, string> }
    expect(error).toMatchObject({ code, param, type: 'invalid_request_error' })
    expect(error['message']).toMatch(/expected|Unrecognized|too large/)
  })

  it('converts a mel of the convention that the query names', async () => {
    const inMatcha = mel.data.map((value) => (value + 5.536622) / 2.116101)
    const response = await vocode(floatsToBytes(inMatcha), octets, '?melConvention=matcha')
    expect(response.status).toBe(200)
    expect(response.headers.get('x-glowcast-frames')).toBe(`${mel.frames}`)
    // 20 frames every 300 samples of 24,000 Hz are 0.25 s.
    const silence = floatsToBytes(new Float32Array(20 * 80).fill(-1.9))
    const longer = await vocode(silence, octets, '?melConvention=styletts2')
    expect(longer.status).toBe(200)
    expect(longer.headers.get('x-glowcast-frames')).toBe('22')
  })

  it('takes a mel of any scale where the query says so', async () => {
    const zeros = floatsToBytes(new Float32Array(4 * 80))
    const response = await vocode(zeros, octets, '?melScaleCheck=off')
    expect(response.status).toBe(200)
    const [warning, ...more] = JSON.parse(response.headers.get('x-glowcast-warnings')!)
    expect(more).toEqual([])
    expect(warning).toEqual({
      code: 'MEL_SCALE',
      message: 'got frames 0 to 3 with 0 in every band, which no natural-log mel has',
    })
  })

  it('tells what is wrong with a recording that it takes, and nothing of a sound one', async () => {
    const tone = Float32Array.from({ length: 8192 }, (_, i) => 0.3 * Math.sin(0.1 * i))
    const audio = { 'Content-Type': 'audio/wav' }
    const recorded = (...channels: Float32Array[]) =>
      encodeWav({ sampleRate: 22_050, channels }, { format: 'int16' })
    const told = async (bytes: Uint8Array) => {
      const response = await vocode(bytes, audio)
      expect(response.status).toBe(200)
      const text = response.headers.get('x-glowcast-warnings')
      return text === null ? [] : (JSON.parse(text) as { code: string }[]).map(({ code }) => code)
    }
    expect(await told(recorded(tone))).toEqual([])
    expect(await told(recorded(tone).slice(0, 9000))).toEqual(['TRUNCATED'])
    expect(await told(recorded(tone, new Float32Array(8192)))).toEqual(['SILENT_CHANNEL'])
  })

  it('frees its stream when the client goes away', async () => {
    const gone = new AbortController()
    const response = await call('/v1/vocode', {
      method: 'POST',
      body: new Uint8Array(floatsToBytes(new Float32Array(250 * 80).fill(-6))),
      headers: octets,
      signal: gone.signal,
    })
    gone.abort()
    await expect(response.arrayBuffer()).rejects.toThrow()
    for (let wait = 0; backend.open > 0 && wait < 15_000; wait++) await new Promise((r) => setTimeout(r, 20))
    expect(backend.open).toBe(0)
  })
})

describe('the rest of the API', () => {
  it('lists the model, and tells health and figures', async () => {
    const models = (await (await call('/v1/models')).json()) as { data: unknown[] }
    expect(models.data).toMatchObject([{ id: 'mock', object: 'model', mel: mockMel, latencyFrames: 0 }])
    expect((await fetch(`${running.http}/healthz`)).status).toBe(200)
    const ready = await (await fetch(`${running.http}/readyz`)).json()
    expect(ready).toEqual({ status: 'ready', engine: 'mock', open: 0, capacity: 100, trouble: [] })
    const metrics = await (await call('/metrics')).text()
    for (const name of [
      'streams_open 0',
      'ttfa_seconds_count',
      'rtf_count',
      'queue_bytes',
      'underruns_total',
    ]) {
      expect(metrics).toContain(`glowcast_${name}`)
    }
    expect(metrics).toMatch(/glowcast_refusals_total\{code="invalid_mel"\} \d/)
    const missing = await call('/v1/sing')
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ error: { code: 'not_found', type: 'not_found_error' } })
  })

  it('asks for a token, and gives short-lived ones that open a socket', async () => {
    for (const path of ['/v1/models', '/metrics']) {
      const response = await fetch(`${running.http}${path}`)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect((await fetch(`${running.http}/v1/tokens`, { method: 'POST' })).status).toBe(401)
    const response = await call('/v1/tokens', { method: 'POST' })
    expect(response.status).toBe(201)
    const short = ((await response.json()) as { token: string }).token
    const again = await fetch(`${running.http}/v1/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${short}` },
    })
    expect(again.status).toBe(401)
    expect((await RawClient.refused(running.url)).status).toBe(401)
    const protocols = ['glowcast.v1', `glowcast.token.${short}`]
    const client = await RawClient.connect(running.url, { protocols })
    expect(client.socket.protocol).toBe('glowcast.v1')
    await client.close()
  })

  it('keeps other origins out, on the socket too, and lets friends in', async () => {
    const preflight = await call('/v1/tokens', {
      method: 'OPTIONS',
      headers: { Origin: 'https://friend.example' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://friend.example')
    const headers = { Authorization: `Bearer ${token}`, Origin: 'https://evil.example' }
    expect((await call('/v1/models', { headers })).status).toBe(403)
    // A page that speaks the protocol is told in a close code (turn-away.test.ts).
    expect((await RawClient.refused(running.url, { headers, protocols: ['chat'] })).status).toBe(403)
    const friend = { ...headers, Origin: 'https://friend.example' }
    await (await RawClient.connect(running.url, { headers: friend })).close()
    expect((await RawClient.refused(running.url, { headers: friend, protocols: ['chat'] })).status).toBe(400)
  })
})

describe('the demo page', () => {
  async function page(folder: string): Promise<Response> {
    const server = createServer(createApp(running.glowcast, folder))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      return await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}/`)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }

  it('is served isolated, under a strict policy', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'glowcast-demo-'))
    try {
      await writeFile(join(folder, 'index.html'), '<!doctype html><title>demo</title>')
      const response = await page(folder)
      expect(await response.text()).toContain('demo')
      expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
      expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('says what to do when it is not built', async () => {
    const response = await page(join(tmpdir(), 'glowcast-no-such-folder'))
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('npm run build')
  })
})
