import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { GlowcastOptions } from '../../../server/index.js'
import type { ServerLimits } from '../../../server/operations/limits.js'
import { loadAudio } from '../../../src/audio/files/audio-file.js'
import { eventually } from '../../eventually.js'
import { saveCalibratedModel } from '../../scoring/calibrated-model.js'
import { noise } from '../../scoring/signals.js'
import { MockBackend } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const rate = 8000
/** Scores of a piece of 500 samples: some 250 kB of text, so that sockets fill within seconds. */
const framesEach = 20_000

/** Scores that are many more than a recording has, at no cost. */
class WordyScoring extends MockScoring {
  override async openStream(sampleRate: number) {
    const { stream, delaySeconds } = await super.openStream(sampleRate)
    let frame = 0
    const push = async (samples: Float32Array) => {
      await stream.push(samples)
      const values = Array.from({ length: framesEach }, (_, i) => ((frame + i) % 1000) / 1000)
      const map = { frame, surprise: values, bandSurprise: [], natsPerSample: [], levelDb: [] }
      frame += framesEach
      return { maps: [map], computeMs: 0 }
    }
    return { stream: { ...stream, push }, delaySeconds }
  }
}

let running: TestServer

afterEach(() => running.stop())

async function started(options: GlowcastOptions, limits: Partial<ServerLimits>): Promise<RawClient[]> {
  running = await startTestServer({
    backend: new MockBackend(100),
    ...options,
    limits: { drainMs: 100, ...limits },
  })
  return Promise.all([RawClient.connect(running.url), RawClient.connect(running.url)])
}

const metric = async (name: string) =>
  Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${running.http}/metrics`)).text())![1])

describe('a client that does not read the scores of its stream', () => {
  it('is terminated with at most 512 KiB waiting, and disturbs no neighbour', async () => {
    const scoring = new WordyScoring()
    const [lazy, neighbour] = (await started({ scoring }, { stalledMs: 1000 })) as [RawClient, RawClient]
    neighbour.send({ type: 'score', stream: 1, sampleRate: rate })
    await neighbour.next('scoring', 1)
    lazy.send({ type: 'score', stream: 1, sampleRate: rate })
    const { credit } = await lazy.next('scoring', 1)
    lazy.socket.pause()
    // All that it may send without hearing of more: 16 MB of scores, more than the kernel's buffers take.
    for (let sequence = 0; sequence * 500 < credit; sequence++) {
      lazy.recording(1, sequence, sequence * 500, noise(500, 0.1))
    }
    let most = 0
    for (let round = 0; (await metric('glowcast_sockets_open')) > 1 && round < 15_000; round++) {
      most = Math.max(most, await metric('glowcast_queue_bytes'))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(await metric('glowcast_sockets_open')).toBe(1)
    expect(most).toBeLessThanOrEqual(512 * 1024)
    expect(scoring.open).toBe(1)
    lazy.socket.resume()
    await lazy.until(() => lazy.closed !== undefined, 'the end of the lazy connection')
    // Without a close frame, which would have waited behind the scores.
    expect(lazy.closed!.code).toBe(1006)
    neighbour.recording(1, 0, 0, noise(100, 0.1))
    neighbour.send({ type: 'end', stream: 1 })
    expect(await neighbour.next('scored', 1)).toMatchObject({ samples: 100 })
  })

  it('hears of no further credit until it reads, and then gets all of its scores', async () => {
    const { sampleRate, channels } = await loadAudio(join('test', 'fixtures', 'audio', 'speech.flac'))
    const [speech] = channels as [Float32Array]
    const samples = Float32Array.from({ length: 3 * sampleRate }, (_, i) => speech[i % speech.length]!)
    // The threads that `glowcast serve` has.
    const model = await mkdtemp(join(tmpdir(), 'glowcast-slow-reader-'))
    await saveCalibratedModel(model)
    const limits = { scoreSecondsAhead: 1, stalledMs: 2000 }
    const [client] = (await started({ model }, limits)) as [RawClient, RawClient]
    client.send({ type: 'score', stream: 1, sampleRate, blockSeconds: 1 })
    await client.until(() => client.all('scoring', 1).length > 0, 'scoring')
    const { credit } = await client.next('scoring', 1)
    expect(credit).toBe(sampleRate)
    let sent = 0
    let sequence = 0
    const sendUpTo = (end: number) => {
      for (; sent < end; sequence++) {
        const piece = samples.subarray(sent, Math.min(end, sent + 1000))
        client.recording(1, sequence, sent, piece)
        sent += piece.length
      }
    }
    client.socket.pause()
    sendUpTo(credit)
    const before = client.received.length
    // Longer than a stalled connection is left alone: what the kernel took is no stall.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(client.received).toHaveLength(before)
    // What is written waits for the end of the loop's turn, no longer.
    await eventually(async () => expect(await metric('glowcast_queue_bytes')).toBe(0))
    client.socket.resume()
    while (sent < samples.length) {
      await client.until(() => client.scoreCredit(1) > sent, 'credit')
      expect(client.scoreCredit(1) - sent).toBeLessThanOrEqual(credit)
      sendUpTo(Math.min(samples.length, client.scoreCredit(1)))
    }
    client.send({ type: 'end', stream: 1 })
    await client.until(() => client.all('scored', 1).length > 0, 'scored')
    const frames = client.all('scores', 1)
    let next = 0
    for (const { frame, surprise } of frames) {
      expect(frame).toBe(next)
      next += surprise.length
    }
    expect(await client.next('scored', 1)).toMatchObject({ samples: samples.length, frames: next })
    expect(client.all('block', 1)).toHaveLength(3)
    await rm(model, { recursive: true })
  })
})
