import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GlowcastClient } from '../../web-audio-client/client.js'
import type { ScoreEvent } from '../../web-audio-client/score-inbox.js'
import type { ScoringStream } from '../../web-audio-client/scoring-stream.js'
import { calibration, framesPerBlock, samplesPerFrame } from './scripted-scoring.js'
import { mel, ScriptedServer, type ServerScript } from './scripted-server.js'

let server: ScriptedServer
let client: GlowcastClient | undefined

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(async () => {
  client?.close()
  client = undefined
  await server.stop()
})

function start(script: ServerScript = {}, more: Parameters<ScriptedServer['client']>[0] = {}) {
  server.script = script
  client = server.client(more)
  return client
}

/** Samples that tell their place, as 16 bits hold them exactly. */
const recording = (count: number) => Int16Array.from({ length: count }, (_, i) => (i % 30_000) + 1)
const surpriseOf = (samples: Int16Array) =>
  Array.from(
    { length: Math.floor(samples.length / samplesPerFrame) },
    (_, i) => samples[i * samplesPerFrame]! / 32768,
  )

async function collect(stream: ScoringStream): Promise<ScoreEvent[]> {
  const events: ScoreEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

/** What came: every frame once and in order, every block and every drift once. */
function summary(events: readonly ScoreEvent[]) {
  const surprise: number[] = []
  const blocks: number[] = []
  const tests: number[] = []
  for (const event of events) {
    if (event.type === 'block') blocks.push(event.block)
    else if (event.type === 'drift') tests.push(event.tests)
    else {
      expect(event.frame).toBe(surprise.length)
      expect(event.startSeconds).toBeCloseTo(event.frame * 0.0005)
      expect(event.natsPerSample).toHaveLength(event.surprise.length)
      expect(event.levelDb).toHaveLength(event.surprise.length)
      expect(event.bandSurprise).toEqual(event.surprise.flatMap((value) => [value, -value]))
      surprise.push(...event.surprise)
    }
  }
  return { surprise, blocks, tests }
}

function wholeSummary(samples: Int16Array) {
  const blocks = Math.floor(samples.length / samplesPerFrame / framesPerBlock)
  return {
    surprise: surpriseOf(samples),
    blocks: Array.from({ length: blocks }, (_, i) => i),
    tests: Array.from({ length: blocks }, (_, i) => i + 1),
  }
}

describe('ScoringStream', () => {
  it('brings scores, blocks, drift and the result, whatever the credit and the pieces', async () => {
    const stream = start({ scoringCredit: 24 }).score({ sampleRate: 8000 })
    const events = collect(stream)
    const samples = recording(200)
    for (const [from, to] of [
      [0, 1],
      [1, 90],
      [90, 90],
      [90, 200],
    ] as const)
      await stream.write(samples.subarray(from, to))
    const result = await stream.end()
    expect(summary(await events)).toEqual(wholeSummary(samples))
    expect(result).toMatchObject({ samples: 200, frames: 50, decision: 'accept', blocks: { accept: 6 } })
    expect((await stream.opened).calibration).toEqual(calibration)
    expect(stream.traffic).toEqual({ bytesSent: 400, resumed: 0 })
    expect(stream.behindSeconds).toBe(0)
  })

  it('asks for what it was given, and leaves the rest to the server', async () => {
    const glowcast = start()
    await glowcast.score({ sampleRate: 44_100 }).opened
    const given = { group: 'g', falseAlarmRate: 0.1, blockSeconds: 2, driftFalseAlarmRate: 0.001 }
    await glowcast.score({ sampleRate: 48_000, format: 'f32le', ...given }).opened
    const asked = server.sessions[0]!.received.map(({ stream, ...rest }) => rest)
    expect(asked).toEqual([
      { type: 'score', sampleRate: 44_100, format: 's16le' },
      { type: 'score', sampleRate: 48_000, format: 'f32le', ...given },
    ])
  })

  it('takes floats and 16-bit integers as the same samples', async () => {
    const glowcast = start()
    const whole = Int16Array.of(0, 1, -1, 32767, -32768, 12_345)
    const floats = Float32Array.from(whole, (value) => value / 32768)
    const streams = [whole, floats].map((samples) => {
      const stream = glowcast.score({ sampleRate: 8000 })
      void stream.write(samples)
      return stream
    })
    await vi.waitFor(() => {
      for (const { number } of streams)
        expect(server.sessions[0]!.scorings.get(number)!.samples).toEqual([...floats])
    })
  })

  it('needs no iteration for the result, and refuses one that begins too late', async () => {
    const stream = start().score({ sampleRate: 8000 })
    await stream.write(recording(400))
    const result = await stream.end()
    expect(result.samples).toBe(400)
    await expect(collect(stream)).rejects.toMatchObject({ code: 'invalid_argument', field: 'iteration' })
  })

  it('holds the writer back by credit', async () => {
    const stream = start({
      scoringCredit: 40,
      intercept: (message) => message.type === 'end',
    }).score({ sampleRate: 8000 })
    await stream.opened
    const scoring = server.sessions[0]!.scorings.get(stream.number)!
    vi.spyOn(scoring, 'take').mockImplementation(({ payload }) => {
      scoring.samples.push(...new Array(payload.length / 2).fill(0))
    })
    let sent = false
    const writing = stream.write(recording(100)).then(() => {
      sent = true
    })
    await vi.waitFor(() => expect(scoring.samples).toHaveLength(40))
    await sleep(50)
    expect(scoring.samples).toHaveLength(40)
    expect(sent).toBe(false)
    expect(stream.behindSeconds).toBeCloseTo(100 / 8000)
    const cancelled = stream.cancel()
    await expect(writing).rejects.toMatchObject({ code: 'cancelled' })
    await cancelled
  })

  it('sends nothing more while more scores wait than may', async () => {
    // Reached at once with frames of 0.5 ms: 2,000 frames, 8,000 samples, and what was under way.
    const stream = start({ scoringCredit: 400 }).score({ sampleRate: 8000, aheadSeconds: 1 })
    const iterator = stream[Symbol.asyncIterator]()
    const samples = recording(20_000)
    const writing = stream.write(samples)
    const taken = () => server.sessions[0]?.scorings.get(stream.number)?.samples.length ?? 0
    await vi.waitFor(() => expect(taken()).toBeGreaterThan(8000), 5000)
    await sleep(100)
    const heldAt = taken()
    expect(heldAt).toBeLessThanOrEqual(8000 + 2 * 400)
    const events: ScoreEvent[] = []
    const reading = (async () => {
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        events.push(next.value)
    })()
    await writing
    await stream.end()
    await reading
    expect(summary(events)).toEqual(wholeSummary(samples))
  })

  it('goes on with the very next frame and block after a lost connection', async () => {
    const stream = start({ cutAfterSamples: 150 }).score({ sampleRate: 8000 })
    const events = collect(stream)
    const samples = recording(1000)
    void stream.write(samples.subarray(0, 300))
    void stream.write(samples.subarray(300))
    const result = await stream.end()
    expect(summary(await events)).toEqual(wholeSummary(samples))
    expect(server.cuts).toBe(1)
    expect(stream.traffic.resumed).toBe(1)
    expect(result.samples).toBe(1000)
  })

  it('cuts messages of a replay where the known frames end', async () => {
    const stream = start().score({ sampleRate: 8000 })
    const events: ScoreEvent[] = []
    const reading = (async () => {
      for await (const event of stream) events.push(event)
    })()
    const samples = recording(48)
    // Seven frames one by one; a replay has one message of eight.
    for (let i = 0; i < 28; i += 4) await stream.write(samples.subarray(i, i + 4))
    await vi.waitFor(() => expect(events).toHaveLength(7))
    server.sessions[0]!.socket.terminate()
    await stream.write(samples.subarray(28))
    await stream.end()
    await reading
    expect(summary(events)).toEqual(wholeSummary(samples))
  })

  it('reports a lost stream whose recording was not kept, after the scores that came', async () => {
    const stream = start({ cutAfterSamples: 200 }).score({ sampleRate: 8000, keepSeconds: 0.01 })
    const heard: ScoreEvent[] = []
    const reading = (async () => {
      for await (const event of stream) heard.push(event)
    })()
    const samples = recording(600)
    for (let i = 0; i < 600; i += 40) void stream.write(samples.subarray(i, i + 40)).catch(() => undefined)
    await expect(reading).rejects.toMatchObject({ code: 'connection_lost', retryable: true })
    await expect(reading).rejects.toThrow('the recording sent so far was not kept')
    const { surprise } = summary(heard)
    expect(surprise).toEqual(surpriseOf(samples).slice(0, surprise.length))
  })

  it('reports a lost stream when another calibration answers', async () => {
    const stream = start().score({ sampleRate: 8000 })
    const events = collect(stream)
    await stream.opened
    server.script = { calibrationDate: '2027-01-01' }
    server.sessions[0]!.socket.terminate()
    await expect(events).rejects.toThrow('the server now has another model or calibration')
  })

  it('opens a stream again that the server gave up with a retryable error', async () => {
    let failed = false
    const stream = start({
      intercept: (message, session) => {
        if (failed || message.type !== 'end') return false
        failed = true
        session.scorings.delete(message.stream)
        const error = { code: 'scoring_failed', errorType: 'server_error', message: 'a thread died' } as const
        session.send({ type: 'error', stream: message.stream, ...error, retryable: true, retryAfterMs: 1 })
        return true
      },
    }).score({ sampleRate: 8000 })
    const events = collect(stream)
    const samples = recording(150)
    void stream.write(samples)
    await stream.end()
    expect(summary(await events)).toEqual(wholeSummary(samples))
  })

  it("passes on the server's refusal", async () => {
    const stream = start({
      intercept: (message, session) => {
        const error = { code: 'scoring_unavailable', errorType: 'not_found_error', message: 'none' } as const
        session.send({ type: 'error', stream: message.stream, ...error, retryable: false })
        return true
      },
    }).score({ sampleRate: 8000 })
    await expect(collect(stream)).rejects.toMatchObject({ code: 'scoring_unavailable', retryable: false })
    await expect(stream.opened).rejects.toMatchObject({ code: 'scoring_unavailable' })
    expect(() => stream.write(recording(4))).toThrow('write: the stream has ended')
  })

  it('cancels when its loop is left', async () => {
    const stream = start().score({ sampleRate: 8000 })
    void stream.write(recording(400)).catch(() => undefined)
    for await (const _ of stream) break
    await vi.waitFor(() => expect(server.sessions[0]!.received.at(-1)?.type).toBe('cancel'))
    await vi.waitFor(() => expect(server.sessions[0]!.scorings.size).toBe(0))
  })

  it('shares a connection with a stream that speaks', async () => {
    const glowcast = start()
    const voice = glowcast.open({ mel, format: 'f32le' })
    const scoring = glowcast.score({ sampleRate: 8000 })
    const events = collect(scoring)
    const heard = (async () => {
      let samples = 0
      for await (const chunk of voice) samples += chunk.samples.length
      return samples
    })()
    void voice.write(new Float32Array(20))
    void scoring.write(recording(100))
    await Promise.all([voice.end(), scoring.end()])
    expect(await heard).toBe(40)
    expect(summary(await events)).toEqual(wholeSummary(recording(100)))
    expect(server.sessions).toHaveLength(1)
  })

  it.each([
    [
      'a frame left out',
      { type: 'scores', frame: 3, startSeconds: 0, surprise: [0], natsPerSample: [0], levelDb: [0] },
    ],
    [
      'values of other counts',
      { type: 'scores', frame: 0, startSeconds: 0, surprise: [0, 0], natsPerSample: [0], levelDb: [0] },
    ],
    [
      'bands that fit no frame',
      {
        type: 'scores',
        frame: 0,
        startSeconds: 0,
        surprise: [0, 0],
        bandSurprise: [0, 0, 0],
        natsPerSample: [0, 0],
        levelDb: [0, 0],
      },
    ],
    [
      'a value that is no number',
      { type: 'scores', frame: 0, startSeconds: 0, surprise: [null], natsPerSample: [0], levelDb: [0] },
    ],
    [
      'an unknown decision',
      { type: 'block', block: 0, startSeconds: 0, endSeconds: 1, pValue: 1, decision: 'perhaps' },
    ],
  ])('closes the connection at %s', async (_, message) => {
    const stream = start().score({ sampleRate: 8000 })
    const events = collect(stream)
    await stream.opened
    server.sessions[0]!.socket.send(JSON.stringify({ ...message, stream: stream.number }))
    await expect(events).rejects.toMatchObject({ code: 'protocol_violation' })
  })

  it('refuses samples and options that are none', () => {
    const glowcast = start()
    const stream = glowcast.score({ sampleRate: 8000 })
    expect(() => stream.write(Float32Array.of(0, Number.NaN))).toThrow('samples: got NaN at index 1')
    expect(() => stream.write(Float32Array.of(0, 1, -17))).toThrow('samples: got -17 at index 2')
    expect(() => stream.write([0.5] as unknown as Float32Array)).toThrow(
      'samples: got object, expected Float32Array',
    )
    for (const [field, value] of [
      ['sampleRate', 22_050.5],
      ['sampleRate', 0],
      ['aheadSeconds', 0],
      ['keepSeconds', Number.NaN],
    ] as const) {
      const options = { sampleRate: 8000, [field]: value }
      expect(() => glowcast.score(options)).toThrow(`${field}: got ${value}`)
    }
  })
})
