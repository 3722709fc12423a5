import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { eventually } from '../../eventually.js'
import { MockAcoustic, silentPart } from '../mock-acoustic.js'
import { MockBackend } from '../mock-backend.js'
import { startTestServer, type TestServer } from '../test-server.js'
import { clientOf, refusal, samplesOfWord, usual } from './openai-client.js'

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
      if (word === 'throws') throw new Error('a secret of the model')
      if (word === 'throwsNothing') throw undefined
      if (word === 'absent') return undefined as never
      if (word === 'empty') return {} as never
      if (word === 'double') return { mel: { ...part.mel, data: Float64Array.from(data) as never } }
      if (word === 'half') return { mel: { data: data.subarray(0, 120), frames: 1.5, channels: 80 } }
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
    expect(model.lastSignal?.aborted).toBe(true)
    gates.get('waitA')!()
    await eventually(() => expect(model.open).toBe(0))
  })

  it.each([
    ['nan', /frames that are not finite/],
    ['loud', /a value of 30/],
    ['narrow', /20 frames of 40 bands in 800 values/],
    ['none', /0 frames of 80 bands in 0 values/],
    ['half', /1.5 frames of 80 bands in 120 values/],
    ['double', /a part without a mel in a Float32Array/],
    ['absent', /a part without a mel/],
    ['empty', /a part without a mel/],
    ['throws', /acoustic model: got an error of its own, expected mel frames/],
    ['throwsNothing', /acoustic model: got an error of its own/],
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
