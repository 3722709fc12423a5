import { describe, expect, it } from 'vitest'
import { parseModelConfig } from '../../src/models/config.js'
import { glowcastModel } from '../../src/models/glowcast.js'
import { tinyConfig } from '../tiny-model.js'

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
    expect(shapes['flow.3.rest.0.lower']).toEqual([124, 124])
    expect(shapes['flow.3.rest.1.w']).toEqual([124])
  })

  it('refuses early outputs that leave nothing', () => {
    const config = { ...tinyConfig, flow: [{ type: 'early-output' as const, channels: 128 }] }
    expect(() => glowcastModel(config)).toThrow(/early-output channels: got 128/)
  })
})
