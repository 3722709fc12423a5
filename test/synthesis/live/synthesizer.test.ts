import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/index.js'
import { glowcastModel } from '../../../src/models/glowcast/model.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { SynthesisBatch } from '../../../src/synthesis/live/batch.js'
import { LiveSynthesizer } from '../../../src/synthesis/live/synthesizer.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'
import { largestError } from '../../audio/chunks.js'
import { createModelEngine } from '../../test-engine.js'
import { randomMel, tinyConfig, tinyWeights } from '../../tiny-model.js'

const model = glowcastModel(tinyConfig)
let engine: Engine
let batches: SynthesisBatch[]
let vocoder: Vocoder

beforeAll(async () => {
  engine = await createModelEngine()
  const sizes = [
    { size: 1, frames: 2 },
    { size: 4, frames: 2 },
    { size: 4, frames: 8 },
  ]
  batches = await Promise.all(sizes.map((size) => SynthesisBatch.create(engine, model, tinyWeights(), size)))
  vocoder = await Vocoder.create(engine, tinyConfig, tinyWeights())
})

afterAll(() => Promise.all([vocoder, ...batches].map((part) => part.dispose())))

interface Heard {
  readonly utterances: number[][]
  failures: number
}

/** A synthesizer whose streams' utterances are collected. */
function listening() {
  const heard = new Map<number, Heard>()
  const of = (stream: number): Heard => {
    const known = heard.get(stream) ?? { utterances: [[]], failures: 0 }
    heard.set(stream, known)
    return known
  }
  const waiting: (() => void)[] = []
  const live = new LiveSynthesizer(new Map(batches.map((batch) => [batch, batch.size * batch.frames])), {
    audio(stream, samples, last) {
      const { utterances } = of(stream)
      utterances.at(-1)!.push(...samples)
      if (last) utterances.push([])
      for (const check of waiting) check()
    },
    late: () => undefined,
    failed(stream) {
      of(stream).failures += 1
    },
    broken: (error) => {
      throw error
    },
  })
  const until = (done: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (done()) resolve()
      }
      waiting.push(check)
      check()
    })
  return { live, of, until }
}

function part(mel: ReturnType<typeof randomMel>, start: number, end: number) {
  return { data: mel.data.slice(start * 80, end * 80), frames: end - start, channels: 80 }
}

function expectClose(samples: readonly number[], whole: Float32Array): void {
  expect(samples).toHaveLength(whole.length)
  const peak = Math.max(...whole.map(Math.abs))
  // Matrix products of another size may sum in another order.
  expect(largestError(samples, whole)).toBeLessThan(1e-4 * peak)
}

describe('LiveSynthesizer', () => {
  it('gives many streams their own samples while they push at random', async () => {
    const { live, of, until } = listening()
    const random = new RandomStream(8, 8)
    const streams = [60, 33, 47, 12, 3, 51].map((frames, id) => ({ id, mel: randomMel(frames), sent: 0 }))
    for (const { id } of streams) live.open(id, { seed: id })
    while (streams.some(({ mel, sent }) => sent < mel.frames)) {
      const stream = streams[random.integer(streams.length)]!
      const end = Math.min(stream.mel.frames, stream.sent + 1 + random.integer(12))
      if (end === stream.sent) continue
      live.push(stream.id, part(stream.mel, stream.sent, end))
      stream.sent = end
      if (end === stream.mel.frames) live.flush(stream.id)
      if (random.uniform() < 0.5) await new Promise((resolve) => setTimeout(resolve, random.integer(5)))
    }
    await until(() => streams.every(({ id }) => of(id).utterances.length === 2))
    for (const { id, mel } of streams) {
      expectClose(of(id).utterances[0]!, await vocoder.synthesize(mel, { seed: id }))
      const totals = live.close(id)!
      expect(totals.samples).toBe(256 * totals.frames)
      expect(totals.frames).toBe(mel.frames)
      expect(totals.rtf).toBeGreaterThan(0)
    }
    expect(live.size).toBe(0)
  })

  it('starts anew after each utterance, also when frames come before its audio is made', async () => {
    const { live, of, until } = listening()
    live.open(1, { seed: 5 })
    for (let utterance = 0; utterance < 3; utterance++) {
      live.push(1, randomMel(15))
      live.flush(1)
    }
    live.flush(1)
    await until(() => of(1).utterances.length === 5)
    const whole = await vocoder.synthesize(randomMel(15), { seed: 5 })
    for (const utterance of of(1).utterances.slice(0, 3)) expectClose(utterance, whole)
    expect(of(1).utterances[3]).toEqual([])
    expect(live.totals(1)).toMatchObject({ frames: 45, samples: 45 * 256 })
  })

  it.each(['flushes', 'opens anew'])('lets nobody go first who %s after each frame', async (how) => {
    const honestFrames = 120
    const patience = 400
    let heard = 0
    let utterances = 0
    const hurry = (stream: number) => {
      live.push(stream, randomMel(1))
      live.flush(stream)
    }
    const live: LiveSynthesizer = new LiveSynthesizer(
      new Map([[batches[0]!, 1]]),
      {
        audio(stream, samples, last) {
          if (stream === 0) heard += samples.length
          else if (last && utterances++ < patience && heard < honestFrames * 256) {
            if (how === 'flushes') {
              hurry(stream)
              return
            }
            live.close(stream)
            live.open(stream + 1, {}, undefined, { client: 'hasty', connection: `${stream + 1}` })
            hurry(stream + 1)
          }
        },
        late: () => undefined,
        failed: () => undefined,
        broken: () => undefined,
      },
      // No time passes: what counts is whose turn it is.
      () => 0,
    )
    live.open(1, {}, undefined, { client: 'hasty', connection: '1' })
    hurry(1)
    live.open(0, {}, undefined, { client: 'honest', connection: '0' })
    live.push(0, randomMel(honestFrames))
    live.flush(0)
    while (heard < honestFrames * 256 && utterances < patience) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(heard).toBe(honestFrames * 256)
    // Those that its share allows, and as many as are level with the honest stream's clock.
    expect(utterances).toBeLessThan(80)
  })

  it('makes no more than it was granted, to a chunk', async () => {
    const { live, of, until } = listening()
    live.open(1, {}, 1000)
    live.push(1, randomMel(60))
    live.flush(1)
    const made = () => of(1).utterances.flat().length
    await until(() => made() >= 1000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(made()).toBeLessThan(1000 + 8 * 256)
    live.grant(1, 1e6)
    await until(() => of(1).utterances.length === 2)
    expect(made()).toBe(60 * 256)
  })

  it('forgets a closed stream at once, and leaves its neighbours alone', async () => {
    const { live, of, until } = listening()
    live.open(1, { seed: 1 })
    live.open(2, { seed: 2 })
    for (const stream of [1, 2]) {
      live.push(stream, randomMel(40))
      live.flush(stream)
    }
    await until(() => of(1).utterances.flat().length > 0)
    const before = of(1).utterances.flat().length
    expect(live.close(1)).toMatchObject({ samples: before })
    await until(() => of(2).utterances.length === 2)
    expect(of(1).utterances.flat()).toHaveLength(before)
    expectClose(of(2).utterances[0]!, await vocoder.synthesize(randomMel(40), { seed: 2 }))
  })

  it('tells of no late audio of a payer that had more than its share', async () => {
    const payer = { client: 'hasty', connection: '1' }
    const hurried = 60
    let clock = 0
    let late = 0
    let utterances = 0
    let heard = 0
    const hurry = () => {
      live.push(1, randomMel(1))
      live.flush(1)
    }
    const live: LiveSynthesizer = new LiveSynthesizer(
      new Map([[batches[0]!, 1]]),
      {
        audio(stream, samples, last) {
          if (stream === 1) {
            if (last && ++utterances < hurried) hurry()
            return
          }
          heard += samples.length
          clock += 200
        },
        late: () => {
          late += 1
        },
        failed: () => undefined,
        broken: () => undefined,
      },
      () => clock,
    )
    live.open(1, { melProjections: 0 }, undefined, payer)
    hurry()
    while (utterances < hurried) await new Promise((resolve) => setImmediate(resolve))
    live.open(2, { melProjections: 0 }, undefined, payer)
    live.push(2, randomMel(12))
    while (heard < 6 * 256) await new Promise((resolve) => setImmediate(resolve))
    live.closeAll()
    expect(late).toBe(0)
  })

  it('tells of audio that came after it was due, unless its frames did', async () => {
    let clock = 0
    let late = 0
    let heard = 0
    const live = new LiveSynthesizer(
      new Map(batches.map((batch) => [batch, 1])),
      {
        // Each chunk takes longer than a listener's prebuffer lasts.
        audio(_stream, samples) {
          clock += 500
          heard += samples.length
        },
        late: () => {
          late += 1
        },
        failed: () => undefined,
        broken: () => undefined,
      },
      () => clock,
    )
    const until = async (samples: number) => {
      while (heard < samples) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    live.open(1, { melProjections: 0 })
    live.push(1, randomMel(30))
    await until(20 * 256)
    expect(late).toBeGreaterThan(0)
    live.close(1)
    live.open(2, { melProjections: 0 })
    late = 0
    heard = 0
    for (let frame = 0; frame < 20; frame += 2) {
      live.push(2, part(randomMel(20), frame, frame + 2))
      // All that can be made by now: four frames of lookahead, and half a frame that the flow holds back.
      if (frame >= 4) await until((frame - 2) * 256 - 128)
      clock += 1000
    }
    expect(late).toBe(0)
  })

  it('tells of every call, whose batch knows how long its flow took', async () => {
    const called: SynthesisBatch[] = []
    let ended = false
    const live = new LiveSynthesizer(new Map(batches.map((batch) => [batch, 1])), {
      called: (batch) => called.push(batch),
      audio: (_stream, _samples, last) => {
        ended = last
      },
      late: () => undefined,
      failed: () => undefined,
      broken: () => undefined,
    })
    live.open(1, { melProjections: 0 })
    live.push(1, randomMel(6))
    live.flush(1)
    while (!ended) await new Promise((resolve) => setImmediate(resolve))
    expect(called.length).toBeGreaterThan(0)
    for (const { flowMs } of called) expect(flowMs).toBeGreaterThan(0)
  })

  it('refuses wrong frames and goes on', async () => {
    const { live, of, until } = listening()
    live.open(1, { seed: 3 })
    const mel = randomMel(20)
    live.push(1, part(mel, 0, 10))
    expect(() =>
      live.push(1, { data: new Float32Array(80).fill(Number.NaN), frames: 1, channels: 80 }),
    ).toThrow(/got NaN/)
    expect(() => live.push(1, { data: new Float32Array(40), frames: 1, channels: 40 })).toThrow(/40 bands/)
    expect(() => live.push(9, mel)).toThrow(/stream: got 9, which is not open/)
    expect(() => live.open(1, {})).toThrow(/which is open/)
    expect(() => live.open(2, { denoise: 0.1 })).toThrow(/denoise: got 0.1, expected 0/)
    expect(() => live.open(2, { temperature: -1 })).toThrow(/temperature/)
    expect(live.size).toBe(1)
    live.push(1, part(mel, 10, 20))
    live.flush(1)
    await until(() => of(1).utterances.length === 2)
    expectClose(of(1).utterances[0]!, await vocoder.synthesize(mel, { seed: 3 }))
  })
})
