import { afterAll, describe, expect, it } from 'vitest'
import { createEngine, type Precision } from '../../src/engine/index.js'
import { parseModelConfig, type WaveglowConfig } from '../../src/models/config/model-config.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { randomMel } from '../tiny-model.js'
import { tinyWaveglowConfigs, tinyWaveglowWeights } from '../tiny-waveglow.js'

/** The tiny models with conditioners wide enough that their products are narrowed. */
const configs = (['waveglow', 'squeezewave'] as const).map((name) => {
  const config = tinyWaveglowConfigs[name]
  return [
    name,
    parseModelConfig({
      ...config,
      flows: 2,
      wavenet: { ...config.wavenet, channels: 48 },
    }) as WaveglowConfig,
  ] as const
})

const frames = 23
const mel = randomMel(frames)
/** Compiling them is what takes long, so that tests share them. */
const vocoders = new Map<string, Promise<Vocoder>>()
afterAll(() => Promise.all([...vocoders.values()].map(async (vocoder) => (await vocoder).dispose())))

function vocoderOf(config: WaveglowConfig, precision: Precision, chunkFrames: number): Promise<Vocoder> {
  const key = `${config.groupSize} ${precision} ${chunkFrames}`
  const made = vocoders.get(key) ?? makeVocoder(config, precision, chunkFrames)
  vocoders.set(key, made)
  return made
}

async function makeVocoder(
  config: WaveglowConfig,
  precision: Precision,
  chunkFrames: number,
): Promise<Vocoder> {
  const engine = await createEngine('onnx', { threads: 1, precision })
  return Vocoder.create(engine, config, tinyWaveglowWeights(config), { chunkFrames })
}

function differences(a: Float32Array, b: Float32Array): Float32Array {
  expect(a).toHaveLength(b.length)
  return a.map((value, i) => Math.abs(value - b[i]!))
}

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0)

describe.each(configs)('a %s model with narrower products', (_name, config) => {
  it('in int8 gives the same samples in chunks of any length', async () => {
    const whole = await (await vocoderOf(config, 'int8', frames)).synthesize(mel, { seed: 3 })
    const peak = largest(whole)
    for (const chunkFrames of [1, 7]) {
      const streamed = await (await vocoderOf(config, 'int8', chunkFrames)).synthesize(mel, { seed: 3 })
      const difference = differences(streamed, whole)
      // A value between two bytes may fall to either side when a float32 sum before it is in another order: one step
      // in 127 of one of 48 channels. One scale for a whole chunk would differ everywhere.
      expect(largest(difference)).toBeLessThan(5e-3 * peak)
      expect(difference.filter((value) => value > 1e-5 * peak).length / whole.length).toBeLessThan(0.1)
    }
  })

  // One rounding is up to 2^-12, 2^-9, and 2^-8 of the largest for bytes, relative to what the conditioners add, which
  // is a part of the audio; half of the matrices' roundings at least must show.
  it.each([
    ['float16', 1e-10, 1e-6],
    ['bfloat16', 1e-8, 1e-4],
    ['int8', 1e-8, 1e-3],
  ] as const)('%s is near float32, and not it', async (precision, least, most) => {
    const exact = await (await vocoderOf(config, 'float32', 7)).synthesize(mel, { seed: 3 })
    const rounded = await (await vocoderOf(config, precision, 7)).synthesize(mel, { seed: 3 })
    const error = energy(differences(rounded, exact)) / energy(exact)
    expect(error).toBeGreaterThan(least)
    expect(error).toBeLessThan(most)
  })

  it.each([0, 1, 2])('in int8 gives hopLength samples for each of %i frames', async (count) => {
    const samples = await (await vocoderOf(config, 'int8', 7)).synthesize(randomMel(count))
    expect(samples).toHaveLength(256 * count)
    expect(samples.every(Number.isFinite)).toBe(true)
  })
})
