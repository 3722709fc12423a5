import OpenAI, { APIError } from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readMono } from '../../../src/audio/files/audio-file.js'
import { openAudioSource } from '../../../src/audio/files/audio-source.js'
import { Resampler } from '../../../src/audio/resample.js'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { memoryInput } from '../../../src/io/byte-file.js'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { pcmToSamples, samplesToPcm } from '../../../src/protocol/messages.js'
import { eventually } from '../../eventually.js'
import { framesOfWord, MockAcoustic, silentPart } from '../mock-acoustic.js'
import { MockBackend, mockMel, mockSample } from '../mock-backend.js'
import { startTestServer, type TestServer } from '../test-server.js'

const token = 'a-secret-of-tests'
const samplesOfWord = framesOfWord * mockMel.hopLength

function clientOf({ http }: TestServer, apiKey = token): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${http}/v1`, maxRetries: 0 })
}

/** As OpenAI's own documentation calls it. */
const usual = { model: 'tts-1', voice: 'anna', input: 'Good morning' } as const

async function refusal(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(APIError)
  return error as APIError
}

describe('a server with an acoustic model', () => {
  let running: TestServer
  let client: OpenAI
  const model = new MockAcoustic()
  const backend = new MockBackend()
  beforeAll(async () => {
    running = await startTestServer({ backend, acousticModel: model, tokens: [token] })
    client = clientOf(running)
  })
  afterAll(async () => {
    await running.stop()
    expect(model.isDisposed).toBe(true)
  })
  afterEach(() => expect(model.open).toBe(0))

  const said = (words: number, seed = 0) =>
    Float32Array.from({ length: words * samplesOfWord }, (_, n) => mockSample(n, seed))

  it('says a text as a WAV file whose sizes are open', async () => {
    const response = await client.audio.speech.create(usual)
    expect(response.headers.get('content-type')).toBe('audio/wav')
    const { sampleRate, channels } = decodeWav(new Uint8Array(await response.arrayBuffer()))
    expect(sampleRate).toBe(22_050)
    expect(channels[0]).toEqual(said(2))
  })

  it('gives bare samples of 24 kHz, as OpenAI does', async () => {
    const response = await client.audio.speech.create({ ...usual, response_format: 'pcm' })
    expect(response.headers.get('content-type')).toMatch(/^audio\/pcm;rate=24000;/)
    const resampler = new Resampler(22_050, 24_000)
    const expected = concatFloats([resampler.push(said(2)), resampler.flush()])
    const got = pcmToSamples(new Uint8Array(await response.arrayBuffer()), 's16le')
    expect(got).toEqual(pcmToSamples(samplesToPcm(expected, 's16le'), 's16le'))
  })

  it('gives FLAC', async () => {
    const response = await client.audio.speech.create({ ...usual, response_format: 'flac' })
    expect(response.headers.get('content-type')).toBe('audio/flac')
    const bytes = new Uint8Array(await response.arrayBuffer())
    const source = await openAudioSource(memoryInput(bytes, 'flac'))
    expect(source.sampleRate).toBe(22_050)
    expect(await readMono(source, 22_050, 'flac')).toEqual(said(2))
  })

  it('gives events with audio, and their end', async () => {
    const response = await client.audio.speech.create({ ...usual, stream_format: 'sse' })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const events = (await response.text())
      .split('\n\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text.replace(/^data: /, '')))
    const done = events.pop()
    expect(done).toEqual({
      type: 'speech.audio.done',
      usage: { input_tokens: 12, output_tokens: 2 * framesOfWord, total_tokens: 12 + 2 * framesOfWord },
    })
    expect(events.every(({ type }) => type === 'speech.audio.delta')).toBe(true)
    const audio = Buffer.concat(events.map(({ audio }) => Buffer.from(audio, 'base64')))
    expect(decodeWav(new Uint8Array(audio)).channels[0]).toEqual(said(2))
  })

  it('sharpens the mels as the model says, unless it is told', async () => {
    await (await client.audio.speech.create(usual)).arrayBuffer()
    expect(backend.lastOptions).toEqual({ sharpen: 0.2 })
    await (await client.audio.speech.create({ ...usual, ...{ sharpen: 0 } })).arrayBuffer()
    expect(backend.lastOptions).toEqual({ sharpen: 0 })
  })

  it('takes what clients send besides, and the options of the synthesis', async () => {
    const more = {
      voice: { id: 'bert' },
      speed: 1.5,
      instructions: 'Cheerfully.',
      ...{ seed: 3, quality: 'fast', sharpen: 0.3, temperature: 0.5 },
    }
    const response = await client.audio.speech.create({ ...usual, ...more })
    expect(decodeWav(new Uint8Array(await response.arrayBuffer())).channels[0]).toEqual(said(2, 3))
    const bare = await fetch(`${running.http}/v1/audio/speech`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json; charset=utf-8' },
      body: '{"input":"Good morning"}',
    })
    expect(bare.status).toBe(200)
    await bare.arrayBuffer()
  })

  it.each([
    [{ input: '' }, 'input', 'input: got nothing that can be said, expected words'],
    [{ input: '😀 🎉' }, 'input', 'input: got nothing that can be said, expected words'],
    [{ input: 'a'.repeat(10_000) }, 'input', 'input: got 10000 characters, expected at most 4096'],
    [{ input: 7 as never }, 'input', 'input: got 7, expected string'],
    [{ voice: 'alloy' }, 'voice', 'voice: got "alloy", expected anna or bert'],
    [{ voice: 9 as never }, 'voice', 'voice: got 9, expected the name of a voice'],
    [{ speed: 2.5 }, 'speed', 'speed: got 2.5, expected a number from 0.5 to 2'],
    [{ speed: 'fast' as never }, 'speed', 'speed: got "fast", expected number'],
    [
      { response_format: 'mp3' as const },
      'response_format',
      expect.stringMatching(/^response_format: got "mp3", expected .*"wav".*"pcm".*"flac"/),
    ],
    [{ stream_format: 'ws' as never }, 'stream_format', expect.stringContaining('"audio"')],
    [{ melProjections: 7 }, 'melProjections', 'melProjections: got 7, expected at most 1'],
    [{ volume: 3 }, 'volume', 'volume: got a field of that name, expected none'],
  ])('refuses $1: $2', async (change, param, message) => {
    const error = await refusal(client.audio.speech.create({ ...usual, ...change }))
    expect(error).toMatchObject({ status: 400, code: 'invalid_argument', param })
    expect((error.error as { message: string }).message).toEqual(message)
  })

  it.each([
    ['text/plain', '{}', 415, 'unsupported_media_type', 'Content-Type'],
    ['application/json', '{"input":', 400, 'invalid_message', 'body'],
    ['application/json', '', 400, 'invalid_message', 'body'],
    ['application/json', '[]', 400, 'invalid_argument', 'body'],
    ['application/json', `{"input":"${'a'.repeat(200_000)}"}`, 413, 'payload_too_large', 'body'],
  ])('refuses a wrong body, %#', async (type, body, status, code, param) => {
    const response = await fetch(`${running.http}/v1/audio/speech`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': type },
      body,
    })
    expect(response.status).toBe(status)
    expect(((await response.json()) as { error: object }).error).toMatchObject({ code, param })
  })

  it('asks for a token', async () => {
    const error = await refusal(clientOf(running, 'wrong').audio.speech.create(usual))
    expect(error).toMatchObject({ status: 401, code: 'unauthorized' })
  })

  it('lists voices and models', async () => {
    const voices = await fetch(`${running.http}/v1/audio/voices`, {
      headers: { Authorization: `Bearer ${token}` },
    })
    expect(await voices.json()).toEqual({
      voices: [
        { id: 'anna', name: 'anna' },
        { id: 'bert', name: 'bert' },
      ],
    })
    const models = []
    for await (const { id, object } of client.models.list()) models.push([id, object])
    expect(models).toEqual([
      ['mock', 'model'],
      ['mock-speech', 'model'],
    ])
  })

  it('tells its metrics', async () => {
    await (await client.audio.speech.create(usual)).arrayBuffer()
    const metrics = await fetch(`${running.http}/metrics`, { headers: { Authorization: `Bearer ${token}` } })
    const text = await metrics.text()
    expect(text).toMatch(/^glowcast_spoken_characters_total [1-9]/m)
    expect(text).toMatch(/^glowcast_speech_first_audio_seconds_count [1-9]/m)
  })
})

describe('without an acoustic model', () => {
  let running: TestServer
  beforeAll(async () => {
    running = await startTestServer({ backend: new MockBackend() })
  })
  afterAll(() => running.stop())

  it('tells how to add one, at once', async () => {
    const client = new OpenAI({ apiKey: 'any', baseURL: `${running.http}/v1` })
    const error = await refusal(client.audio.speech.create(usual))
    expect(error).toMatchObject({ status: 501, code: 'speech_unavailable', type: 'not_implemented_error' })
    expect(error.message).toMatch(/--acoustic-model DIR/)
    expect(error.headers!.get('x-should-retry')).toBe('false')
  })

  it('lists no voices', async () => {
    const response = await fetch(`${running.http}/v1/audio/voices`)
    expect(await response.json()).toEqual({ voices: [] })
  })
})

describe('speech under way', () => {
  const backend = new MockBackend()
  let gates: Map<string, () => void>
  const model = new MockAcoustic(
    (word) =>
      word.startsWith('wait')
        ? new Promise((resolve) => {
            gates.set(word, resolve)
          })
        : Promise.resolve(),
    (word) => {
      const part = silentPart(word)
      const { data, frames } = part.mel
      if (word === 'nan') data[5] = Number.NaN
      if (word === 'loud') data[5] = 30
      if (word === 'narrow') return { mel: { data, frames: 2 * frames, channels: 40 } }
      if (word === 'none') return { mel: { data: new Float32Array(0), frames: 0, channels: 80 } }
      return part
    },
  )
  let running: TestServer
  let client: OpenAI
  beforeEach(async () => {
    gates = new Map()
    running = await startTestServer({
      backend,
      acousticModel: model,
      limits: { speechSeconds: 2 },
    })
    client = new OpenAI({ apiKey: 'any', baseURL: `${running.http}/v1`, maxRetries: 0 })
  })
  afterEach(async () => {
    for (const open of gates.values()) open()
    await eventually(() => expect([model.open, backend.open]).toEqual([0, 0]))
    await running.stop()
  })
  const say = (input: string) => client.audio.speech.create({ ...usual, input })

  it('is heard before the model has said all', async () => {
    const response = await say('first waitA')
    const reader = response.body!.getReader()
    let bytes = 0
    while (bytes < 44 + 2 * samplesOfWord) bytes += (await reader.read()).value!.length
    expect(bytes).toBe(44 + 2 * samplesOfWord)
    gates.get('waitA')!()
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length
    expect(bytes).toBe(44 + 4 * samplesOfWord)
  })

  it('ends when the client hangs up', async () => {
    const response = await say('first waitA more')
    await response.body!.cancel()
    await eventually(() => expect(backend.open).toBe(0))
    gates.get('waitA')!()
    await eventually(() => expect(model.open).toBe(0))
  })

  it.each([
    ['nan', /frames that are not finite/],
    ['loud', /a value of 30/],
    ['narrow', /20 frames of 40 bands in 800 values/],
    ['none', /0 frames of 80 bands in 0 values/],
  ])('blames the model for what it gives: %s', async (word, message) => {
    const other = await say('one waitB two')
    const error = await refusal(say(word))
    expect(error).toMatchObject({ status: 503, code: 'synthesis_failed' })
    expect(error.message).toMatch(message)
    const broken = await say(`fine waitF ${word}`)
    // It is heard already, and can only be broken off.
    gates.get('waitF')!()
    await expect(broken.arrayBuffer()).rejects.toThrow()
    gates.get('waitB')!()
    const { channels } = decodeWav(new Uint8Array(await other.arrayBuffer()))
    expect(channels[0]).toHaveLength(3 * samplesOfWord)
  })

  it('does not wait for a model that hangs', async () => {
    const impatient = await startTestServer({
      backend,
      acousticModel: model,
      limits: { speechStallMs: 50 },
    })
    const other = await say('one waitD two')
    const error = await refusal(clientOf(impatient).audio.speech.create({ ...usual, input: 'waitE' }))
    expect(error).toMatchObject({ status: 503, code: 'synthesis_failed' })
    expect(error.message).toMatch(/acoustic model: got no mel frames for 0.05 s, expected frames/)
    gates.get('waitD')!()
    expect((await other.arrayBuffer()).byteLength).toBe(44 + 6 * samplesOfWord)
    gates.get('waitE')!()
    await impatient.stop()
  })

  it('is broken off where the model does not end', async () => {
    // 20 words are 2.3 s.
    const endless = await say(`first waitG ${'word '.repeat(20)}`)
    gates.get('waitG')!()
    await expect(endless.arrayBuffer()).rejects.toThrow()
    expect((await (await say('word')).arrayBuffer()).byteLength).toBe(44 + 2 * samplesOfWord)
  })

  it('fails with the synthesis', async () => {
    const response = await say('one waitC')
    backend.crash()
    gates.get('waitC')!()
    await expect(response.arrayBuffer()).rejects.toThrow()
  })
})
