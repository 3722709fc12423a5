import { describe, expect, it } from 'vitest'
import { parseModelConfig } from '../../../src/models/config/model-config.js'
import { glowcastModel } from '../../../src/models/glowcast/model.js'
import { waveglowModel } from '../../../src/models/waveglow/model.js'
import { parseTrainingConfig } from '../../../src/training/config.js'
import { tinyConfig } from '../../tiny-model.js'
import { nvidiaWaveglowConfig } from '../waveglow/nvidia-config.js'

const coupling = (sizes: object) => ({
  type: 'affine-coupling',
  wavenet: { channels: 8, layers: 2, kernelSize: 3, causal: true, ...sizes },
})

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = { a: value }
  return value
}

describe('the model config', () => {
  it('fills in defaults', () => {
    expect(tinyConfig.temperature).toBe(1)
    const coupling = tinyConfig.flow[2]!
    expect(coupling).toMatchObject({ type: 'affine-coupling', wavenet: { dilationBase: 2 } })
  })

  it.each([
    [{ ...tinyConfig, colour: 'blue' }, /config: colour: got an unknown key/],
    [{ ...tinyConfig, family: 'hifigan' }, /family: got "hifigan"/],
    [{ ...tinyConfig, mel: 'mine' }, /mel: got "mine"/],
    [
      { ...tinyConfig, context: { channels: 8, outputChannels: 8, kernelSizes: [2] } },
      /context.kernelSizes.0: got 2, expected must be odd/,
    ],
    [{ ...tinyConfig, flow: [] }, /flow: got \[\]/],
    [{ ...tinyConfig, flow: [{ type: 'affine' }] }, /flow.0.type/],
    [{ ...tinyConfig, flow: [{ type: 'actnorm', extra: 1 }] }, /flow.0.extra: got an unknown key/],
    [
      { ...tinyConfig, flow: [coupling({ layers: 24, dilationBase: 8 })] },
      /flow.0.wavenet: got .* expected layers, kernelSize and dilationBase that reach over at most 16384 groups/,
    ],
    [
      {
        ...tinyConfig,
        flow: [{ type: 'repeat', times: 64, layers: new Array(5).fill({ type: 'actnorm' }) }],
      },
      /flow: got .* expected at most 256 layers, with those that repeat makes/,
    ],
    [{ ...nvidiaWaveglowConfig, earlyEvery: 1e9 }, /earlyEvery: got 1000000000/],
    [{ ...nvidiaWaveglowConfig, upsample: { kernelSize: 2 ** 40, stride: 256 } }, /upsample.kernelSize: got/],
    ['text', /config/],
    [null, /config/],
  ])('refuses %o', (json, message) => {
    expect(() => parseModelConfig(json)).toThrow(message)
  })

  it('swaps layers without touching code', () => {
    const other = parseModelConfig({
      ...tinyConfig,
      flow: [
        { type: 'actnorm' },
        {
          type: 'repeat',
          times: 2,
          layers: [
            { type: 'invertible-conv1x1', form: 'lu', permutation: 'reverse' },
            { type: 'planar' },
            { type: 'early-output', channels: 4 },
          ],
        },
      ],
    })
    if (other.family !== 'glowcast') throw new Error('family')
    const shapes = Object.fromEntries(
      Object.entries(glowcastModel(other).parameters).map(([name, { shape }]) => [name, shape]),
    )
    expect(shapes['flow.0.logScale']).toEqual([128])
    expect(shapes['flow.1.lower']).toEqual([128, 128])
    expect(shapes['flow.3.lower']).toEqual([124, 124])
    expect(shapes['flow.4.w']).toEqual([124])
  })

  it('refuses early outputs that leave nothing', () => {
    const config = { ...tinyConfig, flow: [{ type: 'early-output' as const, channels: 128 }] }
    expect(() => glowcastModel(config)).toThrow(/early-output channels: got 128/)
  })

  it('refuses values of any depth and length in few words', () => {
    const deep = { ...tinyConfig, mel: nested(100_000) }
    expect(() => parseModelConfig(deep)).toThrow(/mel: got {"a":{"a":{"a":{"a":"…"}}}}, expected/)
    const long = { ...tinyConfig, flow: new Array(100_000).fill({ type: 'actnorm' }) }
    expect(() => parseModelConfig(long)).toThrow(/^config: flow: got .{1,80}, expected .*<=256 items$/)
  })

  it('refuses sizes that multiply to more than can be held', () => {
    const large = coupling({ channels: 2048, layers: 9, kernelSize: 15, dilationBase: 1 })
    const json = { ...tinyConfig, flow: [{ type: 'repeat', times: 28, layers: [large] }] }
    const config = parseModelConfig(json)
    if (config.family !== 'glowcast') throw new Error('family')
    expect(() => glowcastModel(config)).toThrow(
      /config: got a model of \d+ weights, expected at most 200000000/,
    )
    const wide = { channels: 2048, layers: 16, kernelSize: 15, dilationBase: 1, causal: false }
    const waveglow = parseModelConfig({ ...nvidiaWaveglowConfig, wavenet: wide })
    if (waveglow.family !== 'waveglow') throw new Error('family')
    expect(() => waveglowModel(waveglow)).toThrow(/config: got a model of \d+ weights/)
  })
})

describe('a config whose graph takes minutes to compile', () => {
  it('is refused by the layers of all its wavenets, before anything is made of it', () => {
    const deep = (times: number, layers: number) => () =>
      parseModelConfig({
        ...tinyConfig,
        flow: [{ type: 'repeat', times, layers: [coupling({ layers, dilationBase: 1 })] }],
      })
    const message = /^config: flow: got .{1,80}, expected at most 256 layers of all wavenets/
    expect(deep(64, 24)).toThrow(message)
    expect(deep(64, 5)).toThrow(message)
    expect(deep(64, 4)).not.toThrow()
    const waveglow = (flows: number) => () => parseModelConfig({ ...nvidiaWaveglowConfig, flows })
    expect(waveglow(33)).toThrow('config: flows: got 33, expected flows * wavenet.layers of at most 256')
    expect(waveglow(32)).not.toThrow()
  })
})

describe('the training config', () => {
  const config = { model: tinyConfig, phases: [{ steps: 1, learningRate: 0.1 }] }

  it.each([
    [
      { batchSize: 256, cropFrames: 4096 },
      /cropFrames: got 4096, expected batchSize \* cropFrames of at most 16384/,
    ],
    [{ phraseNumber: '(' }, /phraseNumber: got "\(", expected must be a regular expression/],
    [{ phases: new Array(101).fill(config.phases[0]) }, /phases: got/],
    [{ validationCrops: 1e9 }, /validationCrops: got 1000000000/],
  ])('refuses %o', (changes, message) => {
    expect(parseTrainingConfig(config, 'config').cropFrames).toBe(32)
    expect(() => parseTrainingConfig({ ...config, ...changes }, 'config')).toThrow(message)
  })
})
