import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEngine, type Precision } from '../../src/engine/index.js'
import { type HostTensor, initializeParameters } from '../../src/flow/parameters.js'
import { LikelihoodModel } from '../../src/likelihood/likelihood.js'
import { type GlowcastConfig, parseModelConfig } from '../../src/models/config/model-config.js'
import { glowcastModel } from '../../src/models/glowcast/model.js'
import { fillNormal } from '../../src/numeric/random.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { sungVowel } from '../audio/voice-signals.js'
import { randomMel, tinyConfig } from '../tiny-model.js'

/** The tiny model with conditioners wide enough that their products are narrowed. */
const config = parseModelConfig({
  ...tinyConfig,
  context: { channels: 12, outputChannels: 32, kernelSizes: [3, 5] },
  flow: tinyConfig.flow.map((layer) =>
    layer.type === 'affine-coupling' ? { ...layer, wavenet: { ...layer.wavenet, channels: 48 } } : layer,
  ),
}) as GlowcastConfig

const weights: Record<string, HostTensor> = {}
const vocoders: Vocoder[] = []

beforeAll(() => {
  const { parameters } = glowcastModel(config)
  Object.entries(initializeParameters(parameters, 1)).forEach(([name, tensor], stream) => {
    const noise = new Float32Array(tensor.data.length)
    fillNormal(noise, 1, stream, 0)
    const spread = parameters[name]!.trainable ? 0.02 : 0
    weights[name] = { ...tensor, data: tensor.data.map((value, i) => value + spread * noise[i]!) }
  })
})
afterAll(() => Promise.all(vocoders.map((vocoder) => vocoder.dispose())))

async function vocoderOf(precision: Precision, chunkFrames: number): Promise<Vocoder> {
  const engine = await createEngine('onnx', { threads: 1, precision })
  const vocoder = await Vocoder.create(engine, config, weights, { chunkFrames })
  vocoders.push(vocoder)
  return vocoder
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

const mel = randomMel(75)

describe('a synthesis with int8 products', () => {
  it('equals itself in chunks of any length', async () => {
    const whole = await (await vocoderOf('int8', 75)).synthesize(mel)
    const peak = difference(whole, new Float32Array(whole.length))
    for (const chunkFrames of [1, 5, 16]) {
      const streamed = await (await vocoderOf('int8', chunkFrames)).synthesize(mel)
      // A value between two bytes may fall to either side when a float32 sum before it is in another order: one step
      // in 127 of one of 48 channels. One scale for a whole chunk would differ everywhere.
      expect(difference(streamed, whole)).toBeLessThan(2e-3 * peak)
      const changed = streamed.filter((value, i) => Math.abs(value - whole[i]!) > 1e-5 * peak).length
      expect(changed / whole.length).toBeLessThan(0.1)
    }
  })

  it('is near that in float32, and not it', async () => {
    const [full, bytes] = [await vocoderOf('float32', 16), await vocoderOf('int8', 16)]
    const [a, b] = [await full.synthesize(mel), await bytes.synthesize(mel)]
    const energy = a.reduce((sum, value) => sum + value * value, 0)
    const error = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)
    expect(error / energy).toBeGreaterThan(1e-8)
    expect(error / energy).toBeLessThan(3e-4)
  })
})

describe('a likelihood with narrower products', () => {
  it.each(['int8', 'bfloat16', 'float16'] as const)('%s: is near that in float32', async (precision) => {
    const recording = sungVowel(8192, 22_050, () => 120).waveform
    const [exact, rounded] = await Promise.all(
      (['float32', precision] as const).map(async (type) => {
        const engine = await createEngine('onnx', { threads: 1, precision: type })
        const model = await LikelihoodModel.create(engine, config, weights)
        const { bitsPerSample } = await model.measure(recording)
        await model.dispose()
        return bitsPerSample
      }),
    )
    expect(rounded).not.toBe(exact)
    // The rounded conditioner is another conditioner, nearly as good; the likelihood stays exact for it.
    expect(Math.abs(rounded! - exact!)).toBeLessThan(1e-3)
  })
})
