import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mediaType } from '../../../server/http/media-type.js'
import { MockBackend } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { startTestServer, type TestServer } from '../test-server.js'

const elsewhere = 'https://elsewhere.example'
let running: TestServer

beforeAll(async () => {
  running = await startTestServer({
    backend: new MockBackend(),
    scoring: new MockScoring(),
    allowedOrigins: [elsewhere],
  })
})

afterAll(() => running.stop())

const score = (type: string) =>
  fetch(`${running.http}/v1/score`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: new Uint8Array(16_000),
  })

describe('a media type', () => {
  it.each([
    ['audio/pcm;rate=22050;encoding=f32le', { rate: '22050', encoding: 'f32le' }],
    ['audio/pcm; rate="22050"; encoding="f32le"', { rate: '22050', encoding: 'f32le' }],
    ['Audio/PCM ;RATE="22\\050" ; encoding=f32le', { rate: '22050', encoding: 'f32le' }],
    ['audio/pcm; x="a;b=\\"c\\""; rate=1', { x: 'a;b="c"', rate: '1' }],
    ['audio/pcm', {}],
  ])('%s has its parameters, quoted or not', (header, parameters) => {
    const parsed = mediaType(header)
    expect(parsed.type).toBe('audio/pcm')
    expect({ ...parsed.parameters }).toEqual(parameters)
  })

  it.each([
    'audio/pcm; rate="22050"',
    'audio/pcm;rate=22050;channels="1";encoding="S16LE"',
    'AUDIO/PCM; Rate="22050" ; Encoding=s16le',
    'audio/wav; codecs="1"',
  ])('%s is scored', async (type) => {
    expect((await score(type)).status).toBe(200)
  })

  it.each([
    ['audio/pcm; rate="22050', 'rate'],
    ['audio/pcm; rate="fast"', 'rate'],
    ['audio/pcm', 'rate'],
    ['audio/pcm; rate=22050; encoding="mp3"', 'encoding'],
    ['audio/pcm; rate=22050; colour="red"', 'colour'],
  ])('%s is refused in %s', async (type, field) => {
    const response = await score(type)
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as { error: object }
    expect(error).toMatchObject({ code: 'invalid_argument', param: field })
  })
})

describe('an answer to a page of another origin', () => {
  it('shows the headers that we answer with', async () => {
    const response = await fetch(`${running.http}/v1/models`, { headers: { Origin: elsewhere } })
    const exposed = response.headers.get('access-control-expose-headers')!.split(', ')
    expect(exposed.sort()).toEqual([
      'content-length',
      'retry-after',
      'www-authenticate',
      'x-glowcast-frames',
      'x-glowcast-sample-rate',
      'x-glowcast-warnings',
    ])
    const own = await fetch(`${running.http}/v1/models`)
    expect(own.headers.get('access-control-expose-headers')).toBeNull()
  })
})

describe('a preflight', () => {
  const preflight = (origin: string) =>
    fetch(`${running.http}/v1/audio/speech`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type,x-stainless-os,x-stainless-retry-count',
      },
    })

  it('of an allowed origin lets in the headers that a client adds, as those of OpenAI do', async () => {
    const response = await preflight(elsewhere)
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe(elsewhere)
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'authorization,content-type,x-stainless-os,x-stainless-retry-count',
    )
    expect(response.headers.get('vary')).toContain('Access-Control-Request-Headers')
  })

  it('of another origin lets in nothing', async () => {
    const response = await preflight('https://other.example')
    expect(response.status).toBe(403)
    expect(response.headers.get('access-control-allow-headers')).toBeNull()
  })
})
