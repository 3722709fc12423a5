import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { bundledModel } from '../../../src/package-root.js'
import { floatsToBytes, samplesToS16 } from '../../../src/protocol/messages.js'
import type { ScoreAnswer } from '../../../src/scoring/verdict/answer.js'
import { silentFlac, silentMp3 } from '../../audio/files/compressed-bodies.js'
import { chunk, fmt, riff } from '../../audio/wav/wav-bytes.js'
import { noise } from '../../scoring/signals.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const rate = 8000
let running: TestServer

beforeAll(async () => {
  running = await startTestServer({
    backend: new MockBackend(20),
    model: bundledModel,
    limits: { scoreSeconds: 60, vocodeSeconds: 60, drainMs: 100 },
  })
})
afterAll(() => running.stop())

const wav = (samples: Float32Array, sampleRate = rate) =>
  encodeWav({ sampleRate, channels: [samples] }, { format: 'int16' })
const square = Float32Array.from({ length: 2 * rate }, (_, i) => (i % 40 < 20 ? 1 : -1))
const dc = new Float32Array(2 * rate).fill(0.5)
const hiss = noise(rate, 0.1)
const notFinite = (value: number) => {
  const samples = noise(rate, 0.1)
  samples[100] = value
  return riff(fmt({ code: 3, bits: 32, sampleRate: rate }), chunk('data', floatsToBytes(samples)))
}
/** A second at 8 kHz behind a header that claims something else. */
const pcm = wav(hiss).subarray(44)
const claims = (fields: Parameters<typeof fmt>[0], size = pcm.length) =>
  riff(fmt({ sampleRate: rate, ...fields }), chunk('data', pcm, size))
const hours = 8 * 3600
const promises = (promised: number) => silentFlac(1, { promised })
/** 8 hours by the 64-bit sizes. */
const long = () => {
  const sizes = new DataView(new ArrayBuffer(28))
  sizes.setBigUint64(8, BigInt(2 * rate * hours), true)
  const bytes = riff(
    chunk('ds64', new Uint8Array(sizes.buffer)),
    fmt({ sampleRate: rate }),
    chunk('data', pcm, 0xffffffff),
  )
  bytes.set(new TextEncoder().encode('RF64'))
  return bytes
}

function post(path: string, body: Uint8Array, type = 'audio/wav'): Promise<Response> {
  return fetch(`${running.http}${path}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'Content-Type': type },
  })
}

describe('POST /v1/score', () => {
  it.each<[string, Uint8Array, object]>([
    ['a constant', wav(dc), { decision: 'reject', error: { code: 'SILENT' } }],
    ['a full-scale square wave', wav(square), { decision: 'reject', pValue: expect.any(Number) }],
    ['50 ms', wav(hiss.subarray(0, rate / 20)), { error: { code: 'TOO_SHORT' } }],
    ['NaN among floats', notFinite(Number.NaN), { error: { code: 'NON_FINITE' } }],
    ['an infinite sample', notFinite(Number.NEGATIVE_INFINITY), { error: { code: 'NON_FINITE' } }],
    ['the lowest rate', wav(hiss, 1000), { decision: 'reject', pValue: expect.any(Number) }],
    // What is there counts, not what is claimed.
    ['8 hours by its header', claims({}, 2 * rate * hours), { input: { seconds: 1 } }],
    ['8 hours by its 64-bit header', long(), { input: { seconds: 1 } }],
    ['64 channels', claims({ channels: 64 }), { error: { code: 'TOO_SHORT' }, input: { channels: 64 } }],
  ])('gives %s an answer', async (_, body, answer) => {
    const response = await post('/v1/score', body)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ decision: 'reject', ...answer })
  })

  it.each<[string, Uint8Array, string, RegExp]>([
    ['no samples', wav(new Float32Array(0)), 'invalid_audio', /no samples/],
    ['no channels', claims({ channels: 0 }), 'invalid_audio', /0 channels/],
    ['1 Hz', claims({ sampleRate: 1 }), 'invalid_audio', /got 1 Hz, expected 1000 to 768000/],
    ['10^9 Hz', claims({ sampleRate: 1e9 }), 'invalid_audio', /got 1000000000 Hz/],
    ['257 channels', claims({ channels: 257 }), 'invalid_audio', /257 channels/],
    ['FLAC that lacks samples', promises(44_100), 'invalid_audio', /readable samples of/],
    ['FLAC that promises 8 hours', promises(44_100 * hours), 'invalid_argument', /got 28800.0 s or more/],
    ['FLAC that promises all it can', promises(2 ** 36 - 1), 'invalid_argument', /expected at most 60 s/],
    ['text', new TextEncoder().encode('no audio at all'), 'unsupported_media_type', /no audio format/],
  ])('refuses %s', async (_, body, code, message) => {
    const response = await post('/v1/score', body)
    expect([response.status, await response.json()]).toMatchObject([
      code === 'unsupported_media_type' ? 415 : 400,
      { error: { code, param: 'body', message: expect.stringMatching(message) } },
    ])
  })
})

describe('samples that are no audio', () => {
  // All are finite: further on they would overflow, in a call that live streams share.
  const loud: [string, string, number][] = ['/v1/score', '/v1/vocode'].flatMap((path) => [
    [path, 'of 1e36', 1e36] as [string, string, number],
    [path, 'of an integer scale', -6136],
  ])
  it.each(loud)('%s refuses a sample %s', async (path, _, sample) => {
    const response = await post(path, notFinite(sample))
    expect([response.status, await response.json()]).toMatchObject([
      400,
      {
        error: {
          code: 'invalid_audio',
          param: 'body',
          message: expect.stringMatching(/samples of up to .* in size, expected at most 16/),
        },
      },
    ])
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('/v1/vocode refuses %d', async (sample) => {
    const response = await post('/v1/vocode', notFinite(sample))
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_audio' } },
    ])
  })
})

describe('a small body of hours', () => {
  // Decoded whole, 0.6 MB and 12 MB that would be 11.8 GB and 2.3 GB of samples.
  const bodies: [string, string, Uint8Array][] = [
    ['FLAC', 'audio/flac', silentFlac(45_000)],
    ['MP3', 'audio/mpeg', silentMp3(500_000)],
  ]
  it.each(['/v1/score', '/v1/vocode'].flatMap((path) => bodies.map((body) => [path, ...body] as const)))(
    '%s decodes no more of %s than is allowed',
    async (path, _, type, body) => {
      const response = await post(path, body, type)
      expect([response.status, await response.json()]).toMatchObject([
        400,
        {
          error: { code: 'invalid_argument', param: 'body', message: expect.stringMatching(/at most 60 s/) },
        },
      ])
    },
  )
})

describe('a small body that costs much', () => {
  it.each(['/v1/score', '/v1/vocode'])('is refused by %s for its size', async (path) => {
    // Within the length that is allowed, 19 million samples in 2.5 KB.
    const bytes = silentFlac(146, { rate: 192_000, channels: 2 })
    const response = await post(path, bytes, 'audio/flac')
    const most = 4_000_000 + 500 * bytes.length
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_argument', message: expect.stringMatching(new RegExp(`at most ${most}$`)) } },
    ])
  })
})

describe('a scoring stream', () => {
  it.each<[string, Float32Array, object]>([
    ['a constant', dc, { pValue: null, decision: 'reject', error: { code: 'SILENT' } }],
    ['silence', new Float32Array(2 * rate), { pValue: null, error: { code: 'SILENT' } }],
    ['a full-scale square wave', square, { decision: 'reject', pValue: expect.any(Number) }],
  ])('gives %s an answer', async (_, samples, answer) => {
    const client = await RawClient.connect(running.url)
    client.send({ type: 'score', stream: 1, sampleRate: rate, blockSeconds: 2 })
    // The thread loads the model first, which takes long on a busy machine.
    await client.until(() => client.all('scoring', 1).length > 0, 'scoring')
    await client.score(1, samples, () => 1000)
    await client.until(() => client.all('scored', 1).length > 0, 'scored')
    expect(client.all('block', 1)).toMatchObject([answer])
    const surprise = client.all('scores', 1).flatMap((scores) => scores.surprise)
    expect(surprise).toHaveLength(Math.floor((samples.length * 22_050) / rate / 256))
    expect(surprise.every(Number.isFinite)).toBe(true)
    client.socket.terminate()
  })
})

const verdictRate = 22_050

interface Settings {
  readonly blockSeconds: number
  readonly falseAlarmRate: number
}

async function asFile(
  recording: Float32Array,
  { blockSeconds, falseAlarmRate }: Settings,
): Promise<ScoreAnswer> {
  const query = `blockSeconds=${blockSeconds}&falseAlarmRate=${falseAlarmRate}`
  const response = await fetch(`${running.http}/v1/score?${query}`, {
    method: 'POST',
    body: new Uint8Array(samplesToS16(recording)),
    headers: { 'Content-Type': `audio/pcm;rate=${verdictRate}` },
  })
  expect(response.status).toBe(200)
  return (await response.json()) as ScoreAnswer
}

async function live(recording: Float32Array, settings: Settings) {
  const client = await RawClient.connect(running.url)
  client.send({ type: 'score', stream: 1, sampleRate: verdictRate, ...settings })
  await client.next('scoring', 1)
  await client.score(1, recording, () => 7000)
  const scored = await client.next('scored', 1)
  const blocks = client.all('block', 1)
  client.socket.close()
  return { scored, blocks }
}

const second = new Float32Array(verdictRate)
const hissOf = (seconds: number) => noise(Math.round(seconds * verdictRate), 0.1, 1)

it.each<[string, Float32Array, Settings, object]>([
  [
    'no block of which can be refused by itself',
    hissOf(2.2),
    { blockSeconds: 1, falseAlarmRate: 0.003 },
    { decision: 'reject', reasons: ['noise'] },
  ],
  [
    'which is shorter than a block',
    hissOf(0.8),
    { blockSeconds: 5, falseAlarmRate: 0.01 },
    { decision: 'reject', blocks: [{ group: 'full-band' }] },
  ],
  [
    'most of which is silence',
    concatFloats([hissOf(0.5), second, second, second]),
    { blockSeconds: 1, falseAlarmRate: 0.003 },
    { decision: 'reject', reasons: ['silence'] },
  ],
])('a recording %s is judged as a file as it is live', async (_, recording, settings, expected) => {
  const file = await asFile(recording, settings)
  expect(file).toMatchObject(expected)
  const { scored, blocks } = await live(recording, settings)
  const { decision, pValue } = file
  expect(scored).toMatchObject({ decision, pValue })
  expect(scored.natsPerSample).toBeCloseTo(file.natsPerSample!, 10)
  expect(blocks).toMatchObject(file.blocks!)
  for (const [i, block] of file.blocks!.entries()) expect(blocks[i]!.group).toBe(block.group)
})
