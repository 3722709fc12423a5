import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AcousticThread } from '../../../server/speech/acoustic-thread.js'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { hibariFiles } from '../../../src/speech/hibari/files.js'
import { built } from '../../built.js'
import { MockBackend } from '../mock-backend.js'
import { startTestServer, type TestServer } from '../test-server.js'

/** A folder with the files of hibari-tts 0.2.1, which are not ours to keep here. */
const folder = process.env['GLOWCAST_TEST_ACOUSTIC_MODEL']

describe('a folder whose model cannot be served', () => {
  let other: string
  beforeAll(async () => {
    await built('server', 'wasm')
    other = await mkdtemp(join(tmpdir(), 'glowcast-speech-'))
    // As long as it must be, and no network.
    await writeFile(join(other, 'oov.json'), 'x'.repeat(hibariFiles['oov.json'][0]))
  })
  afterAll(() => rm(other, { recursive: true }))

  it.each([
    ['none', 'nowhere', 'IO'],
    ['one with other files', '', 'INVALID_MODEL'],
  ])('ends the start: %s', async (_, path, code) => {
    const start = startTestServer({ backend: new MockBackend(), acousticModel: join(other, path) })
    await expect(start).rejects.toMatchObject({ code, field: expect.stringContaining('oov.json') })
  })
})

describe.skipIf(folder === undefined)('hibari-tts on a server', () => {
  let running: TestServer
  let client: OpenAI
  beforeAll(async () => {
    running = await startTestServer({ acousticModel: folder!, threads: 1, scoring: false })
    client = new OpenAI({ apiKey: 'any', baseURL: `${running.http}/v1`, maxRetries: 0 })
  })
  afterAll(() => running.stop())
  const say = (input: string) =>
    client.audio.speech.create({ model: 'tts-1', voice: 'heart', input, response_format: 'wav' })

  it('says a text', async () => {
    const response = await say('Please call me back, before this afternoon. Good bye!')
    const [samples] = decodeWav(new Uint8Array(await response.arrayBuffer())).channels
    expect(samples!.length / 22_050).toBeGreaterThan(2.5)
    expect(samples!.length / 22_050).toBeLessThan(6)
    const rms = Math.sqrt(samples!.reduce((sum, sample) => sum + sample * sample, 0) / samples!.length)
    expect(rms).toBeGreaterThan(0.01)
  })

  it('says several at once, and forgets those whose client hangs up', async () => {
    const leaving = await say('This is said to nobody. '.repeat(20))
    await leaving.body!.cancel()
    const both = await Promise.all([say('One of them.'), say('And the other.')])
    for (const response of both) expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(30_000)
  })

  it.each([
    [{ input: '😀' }, 'input'],
    [{ voice: 'alloy' }, 'voice'],
    [{ speed: 4 }, 'speed'],
  ])('refuses %j', async (change, param) => {
    const usual = { model: 'tts-1', voice: 'heart', input: 'Good morning.' }
    await expect(client.audio.speech.create({ ...usual, ...change })).rejects.toMatchObject({
      status: 400,
      param,
    })
  })
})

it.skipIf(folder === undefined)(
  'computes nothing for those who have gone while others had their turn',
  async () => {
    await built('server', 'wasm')
    const model = await AcousticThread.start(folder!, () => undefined)
    const others = model.speak('One. Two.')
    const first = others.next()
    const gone = new AbortController()
    const waiting = model.speak('Three.', { signal: gone.signal }).next()
    gone.abort()
    await expect(waiting).rejects.toThrow(/the client has gone/)
    await expect(first).resolves.toMatchObject({ value: { text: 'One.' } })
    await expect(others.next()).resolves.toMatchObject({ done: false })
    await expect(model.speak('Four.', { signal: AbortSignal.abort('left') }).next()).rejects.toBe('left')
    await model.dispose()
  },
)

it.skipIf(folder === undefined)('fails what is asked of a thread that was ended', async () => {
  await built('server', 'wasm')
  const model = await AcousticThread.start(folder!, () => undefined)
  const parts = model.speak('One. Two.')
  expect((await parts.next()).value?.text).toBe('One.')
  await model.dispose()
  await expect(parts.next()).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
})
