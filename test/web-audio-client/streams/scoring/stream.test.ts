import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { ScoreEvent } from '../../../../web-audio-client/streams/scoring/receive-queue.js'
import { eventually } from '../../../eventually.js'
import { useScriptedServer } from '../../scripted-client.js'
import { calibration } from '../../scripted-scoring.js'
import { mel } from '../../scripted-server.js'
import { collect, recording, summary, wholeSummary } from './recorded-scores.js'

const scripted = useScriptedServer()

describe('ScoringStream', () => {
  it('brings scores, blocks, drift and the result, whatever the credit and the pieces', async () => {
    const stream = scripted.start({ scoringCredit: 24 }).score({ sampleRate: 8000 })
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
    const glowcast = scripted.start()
    await glowcast.score({ sampleRate: 44_100 }).opened
    const given = { group: 'g', falseAlarmRate: 0.1, blockSeconds: 2, driftFalseAlarmRate: 0.001 }
    await glowcast.score({ sampleRate: 48_000, format: 'f32le', ...given }).opened
    const asked = scripted.server.sessions[0]!.received.map(({ stream, ...rest }) => rest)
    expect(asked).toEqual([
      { type: 'score', sampleRate: 44_100, format: 's16le' },
      { type: 'score', sampleRate: 48_000, format: 'f32le', ...given },
    ])
  })

  it('takes floats and 16-bit integers as the same samples', async () => {
    const glowcast = scripted.start()
    const whole = Int16Array.of(0, 1, -1, 32767, -32768, 12_345)
    const floats = Float32Array.from(whole, (value) => value / 32768)
    const streams = [whole, floats].map((samples) => {
      const stream = glowcast.score({ sampleRate: 8000 })
      void stream.write(samples)
      return stream
    })
    await eventually(() => {
      for (const { number } of streams)
        expect(scripted.server.sessions[0]!.scorings.get(number)!.samples).toEqual([...floats])
    })
  })

  it('needs no iteration for the result, and refuses one that begins too late', async () => {
    const stream = scripted.start().score({ sampleRate: 8000 })
    await stream.write(recording(400))
    const result = await stream.end()
    expect(result.samples).toBe(400)
    await expect(collect(stream)).rejects.toMatchObject({ code: 'invalid_argument', field: 'iteration' })
  })

  it('holds the writer back by credit', async () => {
    const stream = scripted
      .start({
        scoringCredit: 40,
        intercept: (message) => message.type === 'end',
      })
      .score({ sampleRate: 8000 })
    await stream.opened
    const scoring = scripted.server.sessions[0]!.scorings.get(stream.number)!
    vi.spyOn(scoring, 'take').mockImplementation(({ payload }) => {
      scoring.samples.push(...new Array(payload.length / 2).fill(0))
    })
    let sent = false
    const writing = stream.write(recording(100)).then(() => {
      sent = true
    })
    await eventually(() => expect(scoring.samples).toHaveLength(40))
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
    const stream = scripted.start({ scoringCredit: 400 }).score({ sampleRate: 8000, aheadSeconds: 1 })
    const iterator = stream[Symbol.asyncIterator]()
    const samples = recording(20_000)
    const writing = stream.write(samples)
    const taken = () => scripted.server.sessions[0]?.scorings.get(stream.number)?.samples.length ?? 0
    await eventually(() => expect(taken()).toBeGreaterThan(8000))
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

  it('cancels when its loop is left', async () => {
    const stream = scripted.start().score({ sampleRate: 8000 })
    void stream.write(recording(400)).catch(() => undefined)
    for await (const _ of stream) break
    await eventually(() => expect(scripted.server.sessions[0]!.received.at(-1)?.type).toBe('cancel'))
    await eventually(() => expect(scripted.server.sessions[0]!.scorings.size).toBe(0))
  })

  it('shares a connection with a stream that speaks', async () => {
    const glowcast = scripted.start()
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
    expect(scripted.server.sessions).toHaveLength(1)
  })
})
