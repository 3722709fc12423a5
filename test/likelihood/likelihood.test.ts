import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../src/audio/files/audio-file.js'
import { melPresets } from '../../src/audio/mel/mel.js'
import type { Engine } from '../../src/engine/index.js'
import { initializeParameters } from '../../src/flow/parameters.js'
import { joinLatents, LikelihoodModel, likelihoodOf, surpriseMap } from '../../src/likelihood/likelihood.js'
import type { LatentPart } from '../../src/likelihood/stream.js'
import { latentBins } from '../../src/models/glowcast/latent-order.js'
import { glowcastModel } from '../../src/models/glowcast/model.js'
import { RandomStream } from '../../src/numeric/random.js'
import { rms } from '../../src/numeric/stats.js'
import { sungVowel } from '../audio/voice-signals.js'
import { noise } from '../scoring/signals.js'
import { createModelEngine } from '../test-engine.js'
import { tinyConfig, tinyWeights } from '../tiny-model.js'

const { sampleRate, hopLength } = melPresets['nvidia-22k']
let engine: Engine
const models: LikelihoodModel[] = []

beforeAll(async () => {
  engine = await createModelEngine()
})
afterAll(() => Promise.all(models.map((model) => model.dispose())))

async function modelWith(weights: ReturnType<typeof tinyWeights>): Promise<LikelihoodModel> {
  const model = await LikelihoodModel.create(engine, tinyConfig, weights)
  models.push(model)
  return model
}

/** The tiny model as a Gaussian of one deviation: all layers the identity but for the scale of the harmonic layer. */
function gaussianWeights(deviation: number) {
  const weights = initializeParameters(glowcastModel(tinyConfig).parameters, 1)
  weights['flow.0.head.bias']!.data.fill(-Math.log(deviation), 0, tinyConfig.groupSize)
  return weights
}

describe('the likelihood of a known Gaussian', () => {
  it.each([1, 0.05])('is its formula at deviation %d', async (deviation) => {
    const model = await modelWith(gaussianWeights(deviation))
    const waveform = noise(20 * hopLength, 0.05)
    const { natsPerSample, bitsPerSample, frameNatsPerSample, samples } = await model.measure(waveform)
    const nats = (part: Float32Array) => {
      const squares = part.reduce((sum, value) => sum + value * value, 0) / part.length
      return 0.5 * Math.log(2 * Math.PI * deviation ** 2) + squares / (2 * deviation ** 2)
    }
    // Dequantisation adds 1/12 of a squared step and its correlation with the samples: below 1e-4 here.
    expect(Math.abs(natsPerSample - nats(waveform))).toBeLessThan(2e-4)
    expect(samples).toBe(20 * hopLength)
    // 16-bit integers are 2^15 times as wide: 15 bits more a sample.
    expect(bitsPerSample).toBeCloseTo(natsPerSample / Math.LN2 + 15, 10)
    const mean = frameNatsPerSample.reduce((sum, value) => sum + value, 0) / frameNatsPerSample.length
    expect(mean).toBeCloseTo(natsPerSample, 10)
    // A frame's own samples and half a group around it: the MDCT's blocks overlap.
    const frame = frameNatsPerSample[7]!
    expect(Math.abs(frame - nats(waveform.subarray(7 * hopLength, 8 * hopLength)))).toBeLessThan(0.4)
  })

  it('shows a sine where its frequency lies', async () => {
    const model = await modelWith(gaussianWeights(1))
    const bin = 40
    const hz = ((bin + 0.5) * sampleRate) / (2 * tinyConfig.groupSize)
    const waveform = Float32Array.from({ length: 30 * hopLength }, (_, i) =>
      Math.sin((2 * Math.PI * hz * i) / sampleRate),
    )
    const latents = await model.latents(waveform)
    const surprise = surpriseMap(latents)
    const byBin = Array.from({ length: tinyConfig.groupSize }, (_, k) => {
      let sum = 0
      for (let group = 0; group < latents.groups; group++) sum += surprise[group * tinyConfig.groupSize + k]!
      return sum
    })
    expect(byBin.indexOf(Math.max(...byBin))).toBe(bin)
    expect([...latentBins(tinyConfig)].sort((a, b) => a - b)).toEqual(byBin.map((_, k) => k))
  })
})

describe('a scaled flow', () => {
  it('changes variables: halving the scale of one layer costs ln 2 a sample and no more', async () => {
    const waveform = noise(16 * hopLength, 1e-3)
    const one = await (await modelWith(gaussianWeights(1))).measure(waveform)
    const half = await (await modelWith(gaussianWeights(2))).measure(waveform)
    // Both are near the mode, where only the log-determinant differs.
    expect(Math.abs(half.natsPerSample - one.natsPerSample - Math.LN2)).toBeLessThan(1e-5)
  })
})

describe('a recording of inverted polarity', () => {
  it.each(['stream', 'liveStream'] as const)('has the latents of the upright one (%s)', async (kind) => {
    const model = await modelWith(tinyWeights())
    const upright = (await loadMono('test/fixtures/audio/speech.flac', sampleRate)).subarray(
      0,
      2 * sampleRate,
    )
    const latents = async (waveform: Float32Array) => {
      const stream = model[kind]()
      const parts = [...(await stream.push(waveform)), ...(await stream.flush())]
      // A live vote knows nothing at first.
      return joinLatents(parts, glowcastModel(tinyConfig)).values.subarray(sampleRate)
    }
    const expected = await latents(upright)
    const inverted = await latents(upright.map((sample) => -sample))
    // The noise that dequantises them is not inverted.
    const difference = inverted.map((value, i) => value - expected[i]!)
    expect(rms(difference)).toBeLessThan(0.05 * rms(expected))
  })
})

describe('a recording that arrives in chunks', () => {
  it('gets the very latents and likelihood of the whole, across the sections of the pitch phase too', async () => {
    const model = await modelWith(tinyWeights())
    const { waveform: voice } = sungVowel(2 * sampleRate, sampleRate, (t) => 180 + 30 * Math.sin(3 * t))
    const waveform = Float32Array.from(
      { length: 22 * sampleRate + 300 },
      (_, i) => 0.3 * voice[i % voice.length]!,
    )
    const whole = await model.latents(waveform)
    expect(whole.groups).toBe(Math.floor(waveform.length / hopLength) * 2)
    const stream = model.stream()
    const random = new RandomStream(4, 4)
    const parts: LatentPart[] = []
    for (let from = 0; from < waveform.length; ) {
      const length = random.uniform() < 0.3 ? random.integer(5) : random.integer(60_000)
      parts.push(...(await stream.push(waveform.subarray(from, from + length))))
      from += length
    }
    parts.push(...(await stream.flush()))
    const streamed = joinLatents(parts, glowcastModel(tinyConfig))
    expect(Buffer.from(streamed.values.buffer).equals(Buffer.from(whole.values.buffer))).toBe(true)
    expect(Buffer.from(streamed.logDet.buffer).equals(Buffer.from(whole.logDet.buffer))).toBe(true)
    expect(likelihoodOf(streamed, hopLength).natsPerSample).toBe(likelihoodOf(whole, hopLength).natsPerSample)
  })

  it('refuses less than a mel frame, and samples that are no numbers', async () => {
    const model = await modelWith(tinyWeights())
    await expect(model.measure(new Float32Array(255))).rejects.toThrow(/255 samples, expected at least 256/)
    await expect(model.measure(new Float32Array(300).fill(Number.NaN))).rejects.toMatchObject({
      code: 'NON_FINITE',
    })
    expect(await model.stream().flush()).toEqual([])
  })
})
