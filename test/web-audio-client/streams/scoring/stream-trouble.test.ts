import { describe, expect, it } from 'vitest'
import type { ScoreEvent } from '../../../../web-audio-client/streams/scoring/receive-queue.js'
import { eventually } from '../../../eventually.js'
import { useScriptedServer } from '../../scripted-client.js'
import { collect, recording, summary, surprisalOf, wholeSummary } from './recorded-scores.js'

const scripted = useScriptedServer()

describe('A ScoringStream in trouble', () => {
  it('goes on with the very next frame and block after a lost connection', async () => {
    const stream = scripted.start({ cutAfterSamples: 150 }).score({ sampleRate: 8000 })
    const events = collect(stream)
    const samples = recording(1000)
    void stream.write(samples.subarray(0, 300))
    void stream.write(samples.subarray(300))
    const result = await stream.end()
    expect(summary(await events)).toEqual(wholeSummary(samples))
    expect(scripted.server.cuts).toBe(1)
    expect(stream.traffic.resumed).toBe(1)
    expect(result.samples).toBe(1000)
  })

  it('cuts messages of a replay where the known frames end', async () => {
    const stream = scripted.start().score({ sampleRate: 8000 })
    const events: ScoreEvent[] = []
    const reading = (async () => {
      for await (const event of stream) events.push(event)
    })()
    const samples = recording(48)
    // Seven frames one by one; a replay has one message of eight.
    for (let i = 0; i < 28; i += 4) await stream.write(samples.subarray(i, i + 4))
    await eventually(() => expect(events).toHaveLength(7))
    scripted.server.sessions[0]!.socket.terminate()
    await stream.write(samples.subarray(28))
    await stream.end()
    await reading
    expect(summary(events)).toEqual(wholeSummary(samples))
  })

  it('reports a lost stream whose recording was not kept, after the scores that came', async () => {
    const stream = scripted.start({ cutAfterSamples: 200 }).score({ sampleRate: 8000, keepSeconds: 0.01 })
    const heard: ScoreEvent[] = []
    const reading = (async () => {
      for await (const event of stream) heard.push(event)
    })()
    const samples = recording(600)
    for (let i = 0; i < 600; i += 40) void stream.write(samples.subarray(i, i + 40)).catch(() => undefined)
    await expect(reading).rejects.toMatchObject({ code: 'connection_lost', retryable: true })
    await expect(reading).rejects.toThrow('the recording sent so far was not kept')
    const { surprise } = summary(heard)
    expect(surprise).toEqual(surprisalOf(samples).slice(0, surprise.length))
  })

  it('reports a lost stream when another calibration answers', async () => {
    const stream = scripted.start().score({ sampleRate: 8000 })
    const events = collect(stream)
    await stream.opened
    scripted.server.script = { calibrationDate: '2027-01-01' }
    scripted.server.sessions[0]!.socket.terminate()
    await expect(events).rejects.toThrow('the server now has another model or calibration')
  })

  it('opens a stream again that the server gave up with a retryable error', async () => {
    let failed = false
    const stream = scripted
      .start({
        intercept: (message, session) => {
          if (failed || message.type !== 'end') return false
          failed = true
          session.scorings.delete(message.stream)
          const error = {
            code: 'scoring_failed',
            errorType: 'server_error',
            message: 'a thread died',
          } as const
          session.send({ type: 'error', stream: message.stream, ...error, retryable: true, retryAfterMs: 1 })
          return true
        },
      })
      .score({ sampleRate: 8000 })
    const events = collect(stream)
    const samples = recording(150)
    void stream.write(samples)
    await stream.end()
    expect(summary(await events)).toEqual(wholeSummary(samples))
  })

  it("passes on the server's refusal", async () => {
    const stream = scripted
      .start({
        intercept: (message, session) => {
          const error = {
            code: 'scoring_unavailable',
            errorType: 'not_found_error',
            message: 'none',
          } as const
          session.send({ type: 'error', stream: message.stream, ...error, retryable: false })
          return true
        },
      })
      .score({ sampleRate: 8000 })
    await expect(collect(stream)).rejects.toMatchObject({ code: 'scoring_unavailable', retryable: false })
    await expect(stream.opened).rejects.toMatchObject({ code: 'scoring_unavailable' })
    expect(() => stream.write(recording(4))).toThrow('write: the stream has ended')
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
    const stream = scripted.start().score({ sampleRate: 8000 })
    const events = collect(stream)
    await stream.opened
    scripted.server.sessions[0]!.socket.send(JSON.stringify({ ...message, stream: stream.number }))
    await expect(events).rejects.toMatchObject({ code: 'protocol_violation' })
  })

  it('refuses samples and options that are none', () => {
    const glowcast = scripted.start()
    const stream = glowcast.score({ sampleRate: 8000 })
    expect(() => stream.write(Float32Array.of(0, Number.NaN))).toThrow('samples: got NaN at index 1')
    expect(() => stream.write(Float32Array.of(0, 1, -17))).toThrow('samples: got -17 at index 2')
    expect(() => stream.write([0.5] as unknown as Float32Array)).toThrow(
      'samples: got Array, expected a Float32Array or an Int16Array',
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
