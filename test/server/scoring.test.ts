import { afterEach, describe, expect, it } from 'vitest'
import type { ServerLimits } from '../../server/limits.js'
import { RandomStream } from '../../src/flow/random.js'
import { encodeMedia, floatsToBytes, mediaTypes } from '../../src/protocol.js'
import { noise } from '../density/signals.js'
import { MockBackend } from './mock-backend.js'
import { MockScoring, mockSurprise } from './mock-scoring.js'
import { RawClient } from './raw-client.js'
import { startTestServer, type TestServer } from './test-server.js'

const rate = 8000
let running: TestServer
let scoring: MockScoring

afterEach(() => running.stop())

async function started(
  limits: Partial<ServerLimits> = {},
  capacity = 100,
  settings: { scoring?: false } = {},
): Promise<RawClient> {
  scoring = new MockScoring()
  running = await startTestServer({
    backend: new MockBackend(capacity),
    scoring,
    limits: { drainMs: 100, ...limits },
    ...settings,
  })
  return RawClient.connect(running.url)
}

const score = (stream: number, options: object = {}) => ({
  type: 'score',
  stream,
  sampleRate: rate,
  ...options,
})

describe('a scoring stream', () => {
  it('scores frames as they come and blocks with what is around them, however it is cut', async () => {
    const client = await started()
    expect(client.received[0]).toMatchObject({ scoring: { groups: scoring.groups } })
    client.send(score(2, { blockSeconds: 2 }))
    const begun = await client.next('scoring', 2)
    expect(begun).toMatchObject({
      credit: 4 * rate,
      blockLength: 'within',
      falseAlarmRate: 0.01,
      frameSeconds: 0.01,
    })
    const random = new RandomStream(3, 3)
    const recording = noise(11 * rate, 0.1)
    scoring.pValues.push(0.3, 0.004)
    await client.score(2, recording, () => 1 + random.integer(3000))
    const scored = await client.next('scored', 2)
    const frames = client.all('scores', 2).flatMap(({ surprise }) => surprise)
    expect(frames).toEqual(Array.from({ length: 1100 }, (_, frame) => mockSurprise(frame)))
    expect(client.all('block', 2).map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
      [0, 2],
      [2, 4],
      [4, 6],
      [6, 8],
      [8, 10],
      // As long as the others.
      [9, 11],
    ])
    for (const { samples, lead, length, index } of scoring.blocks) {
      expect(lead).toBe(index === 0 ? 0 : rate / 2)
      const first = Math.min(2 * index, 9) * rate
      const [from, to] = [first - lead, Math.min(first + length + rate / 4, recording.length)]
      // As 16-bit integers: half a step.
      expect(Math.max(...samples.map((value, i) => Math.abs(value - recording[from + i]!)))).toBeLessThan(
        2e-5,
      )
      expect(samples).toHaveLength(to - from)
    }
    expect(scored).toMatchObject({
      samples: 11 * rate,
      seconds: 11,
      frames: 1100,
      blocks: { accept: 5, retry: 0, reject: 1 },
      // The first of 244 + 1 ranks: three times how often one of 6 is above 244.
      pValue: 3 * (6 / 250),
      decision: 'accept',
      natsPerSample: -5.5,
      // The last block shares a second with the one before.
      drift: { tests: 5, alarm: false, alarmBlock: null },
    })
    expect(client.all('drift', 2)).toHaveLength(5)
    expect(scoring.open).toBe(0)
  })

  it('tells a silent block why it has no p-value, and goes on', async () => {
    const client = await started()
    client.send(score(1, { blockSeconds: 1 }))
    const recording = new Float32Array(3 * rate)
    recording.set(noise(rate / 2, 0.1), 2.4 * rate)
    await client.score(1, recording, () => 500)
    const scored = await client.next('scored', 1)
    const [silent] = client.all('block', 1)
    expect(silent).toMatchObject({
      pValue: null,
      decision: 'reject',
      reasons: ['silence'],
      error: { code: 'SILENT' },
    })
    expect(scored).toMatchObject({ blocks: { accept: 1, reject: 2 }, pValue: 0.5, drift: { tests: 1 } })
  })

  it('raises the alarm of a drift once, and counts it', async () => {
    const client = await started()
    client.send(score(1, { blockSeconds: 0.5 }))
    scoring.pValues.push(...Array<number>(40).fill(1 / 245))
    await client.score(1, noise(20 * rate, 0.1), () => 4000)
    const { drift, decision } = await client.next('scored', 1)
    expect(decision).toBe('reject')
    expect(drift.alarm).toBe(true)
    expect(drift.logThreshold).toBeCloseTo(Math.log(100), 10)
    const first = client.all('drift', 1).find(({ alarm }) => alarm)!
    expect(first.alarmBlock).toBe(first.tests - 1)
    expect(drift.alarmBlock).toBe(first.alarmBlock)
    const metrics = await (await fetch(`${running.http}/metrics`)).text()
    expect(metrics).toMatch(/^glowcast_drift_alarms_total 1$/m)
    expect(metrics).toMatch(/^glowcast_score_decisions_total{decision="reject"} 40$/m)
    expect(metrics).toMatch(/^glowcast_scored_seconds_total 20$/m)
  })

  it('gives no recording, or less than half a second, an answer without a p-value', async () => {
    const client = await started()
    for (const [stream, samples] of [
      [1, 0],
      [2, 0.4 * rate],
    ] as const) {
      client.send(score(stream))
      await client.next('scoring', stream)
      await client.score(stream, noise(samples, 0.1), () => 100)
      expect(await client.next('scored', stream)).toMatchObject({
        samples,
        blocks: { accept: 0, retry: 0, reject: 0 },
        pValue: null,
        natsPerSample: null,
        decision: 'reject',
        drift: { tests: 0, logMartingale: 0, alarm: false },
      })
    }
  })

  it('says when blocks and calibration are of one length, and when they are not', async () => {
    const client = await started()
    const lengths = [
      [{ group: 'two-seconds', blockSeconds: 2 }, 'same'],
      [{ group: 'two-seconds', blockSeconds: 2.5 }, 'outside'],
      [{ blockSeconds: 30 }, 'outside'],
      [{}, 'within'],
    ] as const
    for (const [stream, [options, blockLength]] of lengths.entries()) {
      client.send(score(stream, options))
      expect(await client.next('scoring', stream)).toMatchObject({ blockLength })
    }
  })
})

describe('a scoring stream that is wrong', () => {
  const pcm = (samples: number, position = 0, sequence = 0) =>
    encodeMedia(
      { type: mediaTypes.recording, flags: 0, stream: 1, sequence, position },
      floatsToBytes(noise(samples, 0.1)),
    )
  const withValue = (value: number) =>
    encodeMedia(
      { type: mediaTypes.recording, flags: 0, stream: 1, sequence: 0, position: 0 },
      floatsToBytes(Float32Array.of(0, value)),
    )
  const mel = encodeMedia(
    { type: mediaTypes.mel, flags: 0, stream: 1, sequence: 0, position: 0 },
    new Uint8Array(320),
  )
  const cases: [string, string, string, Uint8Array | object][] = [
    ['NaN', 'invalid_audio', 'payload', withValue(Number.NaN)],
    ['an infinite sample', 'invalid_audio', 'payload', withValue(Number.POSITIVE_INFINITY)],
    ['a sample far beyond full scale', 'invalid_audio', 'payload', withValue(17)],
    ['a cut sample', 'invalid_audio', 'payload', pcm(4).subarray(0, 25)],
    ['a gap in the sequence', 'out_of_sequence', 'sequence', pcm(4, 0, 3)],
    ['a gap in the position', 'out_of_sequence', 'position', pcm(4, 9)],
    ['more than the credit', 'credit_exceeded', 'payload', pcm(4 * rate + 1)],
    ['mel frames', 'invalid_message', 'media', mel],
    ['a flush', 'invalid_argument', 'flush', { type: 'flush', stream: 1 }],
    ['a credit', 'invalid_argument', 'stream', { type: 'credit', stream: 1, samples: 5 }],
  ]
  it.each(cases)('ends alone with %s: %s', async (_, code, field, message) => {
    const client = await started()
    client.send(score(2))
    await client.next('scoring', 2)
    client.send(score(1, { format: 'f32le' }))
    await client.next('scoring', 1)
    if (message instanceof Uint8Array) client.socket.send(message)
    else client.send(message)
    const wanted = code === 'invalid_argument' ? { code } : { code, field }
    expect(await client.next('error', 1)).toMatchObject({ ...wanted, retryable: false, samples: 0 })
    expect(scoring.open).toBe(1)
    await client.score(2, noise(rate, 0.1), () => 900)
    expect(await client.next('scored', 2)).toMatchObject({ frames: 100 })
  })

  it.each<[object, string, string]>([
    [{ sampleRate: 3999 }, 'invalid_message', 'sampleRate'],
    [{ sampleRate: 22_050.5 }, 'invalid_message', 'sampleRate'],
    [{ sampleRate: 1e9 }, 'invalid_message', 'sampleRate'],
    [{ format: 'mp3' }, 'invalid_message', 'format'],
    [{ blockSeconds: 0.1 }, 'invalid_message', 'blockSeconds'],
    [{ blockSeconds: 3600 }, 'invalid_message', 'blockSeconds'],
    [{ falseAlarmRate: 0 }, 'invalid_message', 'falseAlarmRate'],
    [{ driftFalseAlarmRate: 2 }, 'invalid_message', 'driftFalseAlarmRate'],
    [{ loud: true }, 'invalid_message', 'loud'],
    [{ group: 'cats' }, 'unknown_group', 'group'],
  ])('is not opened with %o', async (options, code, field) => {
    const client = await started()
    client.send(score(1, options))
    expect(await client.next('error', 1)).toMatchObject({ code, field })
    expect(running.glowcast.capacity).toBe(100)
    expect(scoring.open).toBe(0)
  })

  it('is refused media before it has begun', async () => {
    const client = await started()
    let release: (value: unknown) => void = () => undefined
    scoring.gate = new Promise((resolve) => {
      release = resolve
    })
    client.send(score(1))
    client.recording(1, 0, 0, noise(10))
    expect(await client.next('error', 1)).toMatchObject({ code: 'credit_exceeded' })
    release(undefined)
    await client.until(() => scoring.open === 0)
  })

  it('is refused after its end', async () => {
    const client = await started()
    client.send(score(1))
    await client.next('scoring', 1)
    client.recording(1, 0, 0, noise(1000, 0.1))
    client.send({ type: 'end', stream: 1 })
    client.send({ type: 'end', stream: 1 })
    expect(await client.next('error', 1)).toMatchObject({ code: 'invalid_argument', samples: 1000 })
  })
})

describe('scoring streams and their server', () => {
  it('end at once when they are cancelled, or their connection goes', async () => {
    const client = await started()
    client.send(score(1, { blockSeconds: 1 }))
    await client.next('scoring', 1)
    client.recording(1, 0, 0, noise(2 * rate, 0.1))
    client.send({ type: 'cancel', stream: 1 })
    expect(await client.next('cancelled', 1)).toMatchObject({ samples: 2 * rate })
    const count = client.received.length
    client.send(score(2))
    await client.next('scoring', 2)
    expect(client.received.slice(count).map(({ type }) => type)).toEqual(['scoring'])
    client.recording(2, 0, 0, noise(100, 0.1))
    client.socket.terminate()
    await client.until(() => scoring.open === 0)
    const again = await RawClient.connect(running.url)
    again.send(score(1))
    await again.next('scoring', 1)
  })

  it('count as several of the others, and as all where there are few', async () => {
    const client = await started({}, 21)
    for (const stream of [1, 2]) {
      client.send(score(stream))
      await client.next('scoring', stream)
    }
    client.send(score(3))
    expect(await client.next('error', 3)).toMatchObject({ code: 'overloaded', retryable: true })
    client.open(4)
    await client.next('opened', 4)
    client.send({ type: 'cancel', stream: 1 })
    client.send(score(5))
    await client.next('scoring', 5)
    await running.stop()
    const small = await started({}, 2)
    small.send(score(1))
    await small.next('scoring', 1)
    small.open(2)
    expect(await small.next('error', 2)).toMatchObject({ code: 'overloaded' })
  })

  it('give no credit to a client that does not read', async () => {
    const client = await started({ scoreSecondsAhead: 1 })
    let release: (value: unknown) => void = () => undefined
    client.send(score(1))
    await client.next('scoring', 1)
    scoring.gate = new Promise((resolve) => {
      release = resolve
    })
    client.recording(1, 0, 0, noise(rate, 0.1))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(client.all('audioCredit', 1)).toHaveLength(0)
    release(undefined)
    expect(await client.next('audioCredit', 1)).toMatchObject({ samples: rate })
  })

  it('fail alone when a scoring thread dies', async () => {
    const client = await started()
    client.send(score(1))
    await client.next('scoring', 1)
    client.open(2)
    scoring.crash()
    client.recording(1, 0, 0, noise(100, 0.1))
    expect(await client.next('error', 1)).toMatchObject({
      code: 'scoring_failed',
      retryable: true,
      samples: 100,
    })
    client.send({ type: 'end', stream: 2 })
    await client.next('done', 2)
  })

  it('are refused where the model has no calibration', async () => {
    const client = await started({}, 100, { scoring: false })
    expect(client.received[0]).not.toHaveProperty('scoring')
    client.send(score(1))
    expect(await client.next('error', 1)).toMatchObject({ code: 'scoring_unavailable', retryable: false })
  })

  it('end with an error when the server stops', async () => {
    const client = await started({ drainMs: 50 })
    client.send(score(1))
    await client.next('scoring', 1)
    client.recording(1, 0, 0, noise(100, 0.1))
    void running.glowcast.drain()
    expect(await client.next('error', 1)).toMatchObject({ code: 'draining', samples: 100 })
  })
})
