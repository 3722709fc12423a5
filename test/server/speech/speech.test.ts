import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readMono } from '../../../src/audio/files/audio-file.js'
import { openAudioSource } from '../../../src/audio/files/audio-source.js'
import { Resampler } from '../../../src/audio/resample.js'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { memoryInput } from '../../../src/io/byte-file.js'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { pcmToSamples, samplesToPcm } from '../../../src/protocol/messages.js'
import { framesOfWord, MockAcoustic } from '../mock-acoustic.js'
import { MockBackend, mockSample } from '../mock-backend.js'
import { startTestServer, type TestServer } from '../test-server.js'
import { clientOf, refusal, samplesOfWord, token, usual } from './openai-client.js'

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

  it.each([
    ['mp3', 'audio/mpeg'],
    ['opus', 'audio/ogg;codecs=opus'],
  ] as const)('gives %s', async (format, contentType) => {
    const response = await client.audio.speech.create({ ...usual, response_format: format })
    expect(response.headers.get('content-type')).toBe(contentType)
    const source = await openAudioSource(memoryInput(new Uint8Array(await response.arrayBuffer()), format))
    const got = await readMono(source, 22_050, format)
    expect(got.length).toBeGreaterThanOrEqual(2 * samplesOfWord)
  })

  it('gives MP3 where no format is named, as OpenAI does', async () => {
    const { response_format: _, ...unnamed } = usual
    const response = await client.audio.speech.create(unnamed)
    expect(response.headers.get('content-type')).toBe('audio/mpeg')
    await response.arrayBuffer()
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
      ...{ seed: 3, quality: 'fast', sharpen: 0.3, comb: false, temperature: 0.5 },
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
    [{ comb: true }, 'comb', 'comb: got true, expected false: the model has no pitch'],
    [{ speed: 2.5 }, 'speed', 'speed: got 2.5, expected a number from 0.5 to 2'],
    [{ speed: 'fast' as never }, 'speed', 'speed: got "fast", expected number'],
    [
      { response_format: 'aac' as const },
      'response_format',
      expect.stringMatching(/^response_format: got "aac", expected .*"mp3".*"opus".*"wav".*"pcm".*"flac"/),
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
    ['application/json', '{"input":"Hi","speed":1e400}', 400, 'invalid_argument', 'speed', /got Infinity/],
    ['application/json', '{"input":"Hi","seed":-1e400}', 400, 'invalid_argument', 'seed', /got -Infinity/],
    ['application/json', '[]', 400, 'invalid_argument', 'body'],
    ['application/json', `{"input":"${'a'.repeat(200_000)}"}`, 413, 'payload_too_large', 'body'],
  ])('refuses a wrong body, %#', async (type, body, status, code, param, message = /./) => {
    const response = await fetch(`${running.http}/v1/audio/speech`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': type },
      body,
    })
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: object }
    expect(error).toMatchObject({ code, param, message: expect.stringMatching(message) })
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
    expect(error.message).toMatch(/--acoustic-model PLACE/)
    expect(error.headers!.get('x-should-retry')).toBe('false')
  })

  it('lists no voices', async () => {
    const response = await fetch(`${running.http}/v1/audio/voices`)
    expect(await response.json()).toEqual({ voices: [] })
  })
})
