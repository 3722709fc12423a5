import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/index.js'
import type { HostTensor } from '../../src/flow/parameters.js'
import { waveglowModel } from '../../src/models/waveglow/model.js'
import { RandomStream } from '../../src/numeric/random.js'
import { samplePrior } from '../../src/synthesis/sample-prior.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { createModelEngine, useEagerBackend } from '../test-engine.js'
import { randomMel } from '../tiny-model.js'
import { tinyWaveglowConfigs, tinyWaveglowWeights } from '../tiny-waveglow.js'

let engine: Engine
beforeAll(async () => {
  engine = await createModelEngine()
})

async function collect(stream: AsyncIterable<Float32Array>): Promise<Float32Array> {
  const parts: number[] = []
  for await (const samples of stream) parts.push(...samples)
  return Float32Array.from(parts)
}

function difference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

const peak = (waveform: Float32Array) => waveform.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

function cut(frames: number, size: () => number) {
  const mel = randomMel(frames)
  const parts = []
  for (let frame = 0; frame < frames; ) {
    const count = Math.min(frames - frame, size())
    const data = mel.data.subarray(frame * 80, (frame + count) * 80)
    parts.push({ data, frames: count, channels: 80 })
    frame += count
  }
  return parts
}

describe.each(Object.entries(tinyWaveglowConfigs))('a %s model in chunks', (name, config) => {
  const frames = 23
  let weights: Record<string, HostTensor>
  let vocoder: Vocoder
  /** By the flow over the whole signal at once, padded with zeros at both ends. */
  let whole: Float32Array

  beforeAll(async () => {
    weights = tinyWaveglowWeights(config)
    vocoder = await Vocoder.create(engine, config, weights, { chunkFrames: 7 })
    const model = waveglowModel(config)
    const groups = frames * model.groupsPerFrame
    await useEagerBackend()
    whole = tf.tidy(() => {
      const tensors = Object.entries(weights).map(([name, { shape, data }]) => [
        name,
        tf.tensor(data, [...shape]),
      ])
      const bound = model.bind(Object.fromEntries(tensors))
      const context = bound.context(tf.tensor3d(randomMel(frames).data, [1, frames, 80]))
      const noise = samplePrior(3, 0, groups, config.groupSize, config.temperature)
      const z = tf.tensor3d(noise, [1, groups, config.groupSize])
      return bound.flow.inverse(z, { context }).dataSync() as Float32Array
    })
  })
  afterAll(() => vocoder.dispose())

  it('gives the samples of the whole signal', async () => {
    // Float32 sums of up to 640 products in another order.
    expect(difference(await vocoder.synthesize(randomMel(frames), { seed: 3 }), whole)).toBeLessThan(
      2e-5 * peak(whole),
    )
    expect(peak(whole)).toBeGreaterThan(0.1)
  })

  it('gives the same samples for any chunking of the mel', async () => {
    const random = new RandomStream(4, 4)
    const once = await vocoder.synthesize(randomMel(frames), { seed: 3 })
    for (let run = 0; run < 4; run++) {
      const streamed = await collect(
        vocoder.stream(
          cut(frames, () => 1 + random.integer(12)),
          { seed: 3 },
        ),
      )
      // The same graph sees the same frames.
      expect(difference(streamed, once)).toBe(0)
    }
  })

  it('gives the same samples whatever its own chunk length', async () => {
    for (const chunkFrames of [1, 16, 32]) {
      const other = await Vocoder.create(engine, config, weights, { chunkFrames })
      const samples = await other.synthesize(randomMel(frames), { seed: 3 })
      expect(difference(samples, whole)).toBeLessThan(2e-5 * peak(whole))
      await other.dispose()
    }
  })

  it('declares how far audio is behind the mel, and keeps to it', async () => {
    let sent = 0
    async function* source() {
      for (const part of cut(200, () => 1)) {
        sent += part.frames
        yield part
      }
    }
    const stream = vocoder.stream(source())
    await stream.next()
    expect(vocoder.latencyFrames > 0).toBe(name !== 'waveglow of one tap')
    expect(sent).toBeLessThanOrEqual(vocoder.chunkFrames + vocoder.latencyFrames)
    await stream.return(undefined)
  })

  it.each([0, 1, 2])('gives hopLength samples for each of %i frames', async (count) => {
    const samples = await vocoder.synthesize(randomMel(count))
    expect(samples).toHaveLength(256 * count)
    expect(samples.every(Number.isFinite)).toBe(true)
  })

  it('streams two signals at once without mixing them', async () => {
    const alone = await vocoder.synthesize(randomMel(20), { seed: 1 })
    const [a, b] = await Promise.all([
      collect(
        vocoder.stream(
          cut(20, () => 3),
          { seed: 1 },
        ),
      ),
      vocoder.synthesize(randomMel(30), { seed: 2 }),
    ])
    expect(difference(a, alone)).toBe(0)
    expect(b).toHaveLength(30 * 256)
  })

  it.each([
    [{ pitchSemitones: 2 }, /pitchSemitones of a waveglow model: got 2/],
    [{ f0Hz: [100] }, /f0Hz/],
    [{ melProjections: 1 }, /melProjections/],
    [{ quality: 'best' as const }, /quality/],
    [{ melDetail: true }, /melDetail/],
    [{ sharpen: 0.1 }, /sharpen of a waveglow model: got 0.1/],
    [{ comb: true }, /comb: got true/],
    [{ denoise: -1 }, /denoise: got -1/],
    [{ temperature: 3 }, /temperature/],
  ])('refuses %j', async (options, message) => {
    await expect(vocoder.synthesize(randomMel(3), options)).rejects.toThrow(message)
  })
})
