import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadAudio } from '../../../src/audio/files/audio-file.js'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import { createEngine } from '../../../src/engine/index.js'
import { LikelihoodModel, liveChunkFrames } from '../../../src/likelihood/likelihood.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { bundledModel } from '../../../src/package-root.js'
import { encodeMedia, floatsToBytes, mediaTypes, samplesToS16 } from '../../../src/protocol/messages.js'
import { loadCalibration } from '../../../src/scoring/calibration/store.js'
import { TextureDetector } from '../../../src/scoring/texture/detector.js'
import { LiveScorer } from '../../../src/scoring/texture/live-scorer.js'
import { scoreOrigin } from '../../../src/scoring/verdict/answer.js'
import { scoreFile } from '../../../src/scoring/verdict/score-file.js'
import { noise } from '../../scoring/signals.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const speech = join('test', 'fixtures', 'audio', 'speech.flac')
let running: TestServer

beforeAll(async () => {
  running = await startTestServer({
    backend: new MockBackend(20),
    model: bundledModel,
    limits: { bodyBytes: 400_000, scoreSeconds: 4, scoreSecondsAhead: 1, drainMs: 100 },
  })
})

afterAll(() => running.stop())

function score(body: Uint8Array, type = 'audio/wav', query = ''): Promise<Response> {
  return fetch(`${running.http}/v1/score${query}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'Content-Type': type },
  })
}

async function answerOf(response: Promise<Response>): Promise<Record<string, unknown>> {
  const { status, ...rest } = await response.then(async (r) => ({ status: r.status, body: await r.json() }))
  expect(status).toBe(200)
  return rest.body as Record<string, unknown>
}

const wav = (samples: Float32Array, sampleRate = 8000) =>
  encodeWav({ sampleRate, channels: [samples] }, { format: 'int16' })

describe('POST /v1/score', () => {
  it('answers as glowcast score does, of a file and of its bare samples', async () => {
    const model = await loadGlowcastModel(bundledModel)
    const detector = await TextureDetector.create(await createEngine('onnx', { threads: 1 }), model)
    const { groups } = await loadCalibration(join(bundledModel, 'calibration.json'), detector.model)
    const group = groups['full-band']!
    const options = { group, falseAlarmRate: 0.05, seed: 3, index: 0 }
    const wanted = {
      ...(await scoreFile(speech, detector, options)),
      file: 'body',
      ...scoreOrigin('calibration.json', 'full-band', group, model.hash),
    }
    await detector.dispose()
    const query = '?group=full-band&falseAlarmRate=0.05&seed=3'
    expect(await answerOf(score(await readFile(speech), 'audio/flac', query))).toEqual(wanted)
    const { sampleRate, channels } = await loadAudio(speech)
    const raw = `audio/pcm;rate=${sampleRate};channels=1;encoding=f32le`
    expect(await answerOf(score(floatsToBytes(channels[0]!), raw, query))).toEqual(wanted)
  })

  it.each<[string, Uint8Array, string, string]>([
    ['SILENT', wav(new Float32Array(8000)), 'audio/wav', 'silence'],
    ['TOO_SHORT', wav(noise(2000, 0.1)), 'audio/wav', 'other'],
    [
      'NON_FINITE',
      floatsToBytes(new Float32Array(9000).fill(Number.NaN)),
      'audio/pcm;rate=8000;encoding=f32le',
      'other',
    ],
  ])('answers what cannot be scored with %s', async (code, body, type, reason) => {
    expect(await answerOf(score(body, type))).toMatchObject({
      decision: 'reject',
      pValue: null,
      reasons: [reason],
      error: { code },
      calibration: { group: 'auto' },
    })
  })

  const raw = samplesToS16(noise(9000, 0.1))
  it.each<[number, string, string, Uint8Array, string, string]>([
    [415, 'unsupported_media_type', 'Content-Type', raw, 'text/plain', ''],
    [415, 'unsupported_media_type', 'body', raw, 'audio/wav', ''],
    [400, 'invalid_audio', 'body', Buffer.from('RIFF'), 'audio/wav', ''],
    [400, 'invalid_audio', 'body', raw.subarray(1), 'audio/pcm;rate=8000', ''],
    [400, 'invalid_message', 'body', new Uint8Array(0), 'audio/wav', ''],
    [400, 'invalid_argument', 'body', samplesToS16(noise(40_000)), 'audio/pcm;rate=8000', ''],
    [400, 'invalid_argument', 'rate', raw, 'audio/pcm', ''],
    [400, 'invalid_argument', 'rate', raw, 'audio/pcm;rate=100', ''],
    [400, 'invalid_argument', 'encoding', raw, 'audio/pcm;rate=8000;encoding=mp3', ''],
    [400, 'invalid_argument', 'falseAlarmRate', raw, 'audio/pcm;rate=8000', '?falseAlarmRate=1'],
    [400, 'invalid_argument', 'loud', raw, 'audio/pcm;rate=8000', '?loud=1'],
    [400, 'unknown_group', 'group', raw, 'audio/pcm;rate=8000', '?group=cats'],
    [413, 'payload_too_large', 'body', new Uint8Array(400_001), 'audio/wav', ''],
  ])('answers %i %s for a wrong %s', async (status, code, param, body, type, query) => {
    const response = await score(body, type, query)
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: Record<string, string> }
    expect(error).toMatchObject({ code, param, type: 'invalid_request_error' })
  })

  it('is not there for a model without a calibration', async () => {
    const without = await startTestServer({ backend: new MockBackend(1), limits: { drainMs: 100 } })
    const response = await fetch(`${without.http}/v1/score`, { method: 'POST', body: 'x' })
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { code: 'scoring_unavailable' } },
    ])
    await without.stop()
  })
})

describe('a scoring stream', () => {
  it('gives the values of the library, in odd pieces, and of one block the answer that its file gets', async () => {
    const { sampleRate, channels } = await loadAudio(speech)
    const [samples] = channels as [Float32Array]
    const client = await RawClient.connect(running.url)
    client.send({ type: 'score', stream: 1, sampleRate, format: 'f32le' })
    // The thread loads the model first, which takes long on a busy machine.
    await client.until(() => client.all('scoring', 1).length > 0, 'scoring')
    const { frameSeconds, delaySeconds } = await client.next('scoring', 1)
    expect(delaySeconds).toBeLessThan(0.2)
    const random = new RandomStream(5, 5)
    for (let from = 0, sequence = 0; from < samples.length; sequence++) {
      const piece = samples.subarray(from, from + 1 + random.integer(1500))
      // Less than the recording may be ahead: the credit has to come in time.
      await client.until(() => client.scoreCredit(1) >= from + piece.length, 'credit')
      const header = { type: mediaTypes.recording, flags: 0, stream: 1, sequence, position: from }
      client.socket.send(encodeMedia(header, floatsToBytes(piece)))
      from += piece.length
    }
    client.send({ type: 'end', stream: 1 })
    await client.until(() => client.all('scored', 1).length > 0, 'scored')
    const scores = client.all('scores', 1)

    const { config, weights } = await loadGlowcastModel(bundledModel)
    const engine = await createEngine('onnx', { threads: 1 })
    const model = await LikelihoodModel.create(engine, config, weights, { chunkFrames: liveChunkFrames })
    const scorer = new LiveScorer(model, sampleRate)
    const maps = [...(await scorer.push(samples)), ...(await scorer.flush())]
    await model.dispose()
    const [streamed, wanted] = [scores, maps].map((parts) => parts.flatMap(({ surprise }) => surprise))
    expect(streamed).toHaveLength(Math.floor(samples.length / 256))
    // Four digits are sent.
    expect(Math.max(...streamed!.map((value, t) => Math.abs(value - wanted![t]!)))).toBeLessThan(5.1e-5)
    for (const { frame, startSeconds } of scores) expect(startSeconds).toBeCloseTo(frame * frameSeconds, 4)

    const answer = await answerOf(score(await readFile(speech), 'audio/flac'))
    const [block] = client.all('block', 1)
    for (const name of ['pValue', 'decision', 'reasons', 'anomalies', 'warnings', 'bitsPerSample']) {
      expect((block as unknown as Record<string, unknown>)[name]).toEqual(answer[name])
    }
  })
})
