import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { noise } from '../../scoring/signals.js'
import { mockSurprise } from '../mock-scoring.js'
import { rate, score, useScoringServer } from './scoring-server.js'

const server = useScoringServer()

describe('a scoring stream', () => {
  it('scores frames as they come and blocks with what is around them, however it is cut', async () => {
    const client = await server.start()
    expect(client.received[0]).toMatchObject({ scoring: { groups: server.scoring.groups } })
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
    server.scoring.pValues.push(0.3, 0.004)
    await client.score(2, recording, () => 1 + random.integer(3000))
    const scored = await client.next('scored', 2)
    const frames = client.all('scores', 2).flatMap(({ surprise }) => surprise)
    expect(frames).toEqual(Array.from({ length: 1100 }, (_, frame) => mockSurprise(frame)))
    const bands = client.all('scores', 2).flatMap(({ bandSurprise }) => bandSurprise ?? [])
    expect(bands).toEqual(frames.flatMap((value) => Array<number>(8).fill(value)))
    expect(client.all('block', 2).map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
      [0, 2],
      [2, 4],
      [4, 6],
      [6, 8],
      [8, 10],
      // As long as the others.
      [9, 11],
    ])
    for (const { samples, lead, length, index } of server.scoring.blocks) {
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
    expect(server.scoring.open).toBe(0)
  })

  it('tells a silent block why it has no p-value, and goes on', async () => {
    const client = await server.start()
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
    const client = await server.start()
    client.send(score(1, { blockSeconds: 0.5 }))
    server.scoring.pValues.push(...Array<number>(40).fill(1 / 245))
    await client.score(1, noise(20 * rate, 0.1), () => 4000)
    const { drift, decision } = await client.next('scored', 1)
    expect(decision).toBe('reject')
    expect(drift.alarm).toBe(true)
    expect(drift.logThreshold).toBeCloseTo(Math.log(100), 10)
    const first = client.all('drift', 1).find(({ alarm }) => alarm)!
    expect(first.alarmBlock).toBe(first.tests - 1)
    expect(drift.alarmBlock).toBe(first.alarmBlock)
    const metrics = await (await fetch(`${server.running.http}/metrics`)).text()
    expect(metrics).toMatch(/^glowcast_drift_alarms_total 1$/m)
    expect(metrics).toMatch(/^glowcast_score_decisions_total{decision="reject"} 40$/m)
    const [, seconds] = /^glowcast_scored_seconds_total (\S+)$/m.exec(metrics)!
    // A sum of parts of 0.05 s.
    expect(Number(seconds)).toBeCloseTo(20, 9)
  })

  it('gives no recording, or less than half a second, an answer without a p-value', async () => {
    const client = await server.start()
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
    const client = await server.start()
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
