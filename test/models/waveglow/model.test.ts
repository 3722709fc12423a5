import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { initializeParameters, sizeOf } from '../../../src/flow/parameters.js'
import { waveglowModel } from '../../../src/models/waveglow/model.js'
import { maxDifference, randomTensor } from '../../contracts/bijector-contract.js'
import { useEagerBackend } from '../../test-engine.js'
import { nvidiaWaveglowConfig } from './nvidia-config.js'

beforeAll(async () => {
  await useEagerBackend()
})

const small = waveglowModel({
  ...nvidiaWaveglowConfig,
  flows: 4,
  earlyEvery: 2,
  upsample: { kernelSize: 32, stride: 8 },
  wavenet: { channels: 4, layers: 2, kernelSize: 3, dilationBase: 2, causal: false },
})

describe('WaveGlow', () => {
  it('has the sizes of the published model', () => {
    const { parameters } = waveglowModel(nvidiaWaveglowConfig)
    expect(parameters['flow.0.weight']!.shape).toEqual([8, 8])
    expect(parameters['flow.8.weight']!.shape).toEqual([6, 6])
    expect(parameters['flow.16.weight']!.shape).toEqual([4, 4])
    expect(parameters['flow.1.context.weight']!.shape).toEqual([640, 8 * 512])
    const trained = Object.entries(parameters).filter(([name]) => !/inverse|logAbsDet/.test(name))
    const total = trained.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0)
    // 87.7 million: the checkpoint's size, weight norm folded (its gains are not counted).
    expect(total).toBeGreaterThan(87e6)
    expect(total).toBeLessThan(88.5e6)
  })

  it('upsamples as a transposed convolution does', () => {
    tf.tidy(() => {
      const weights = Object.entries(initializeParameters(small.parameters, 1)).map(
        ([name, { shape, data }]) => [name, tf.tensor(data, [...shape])],
      )
      const bound = small.bind(Object.fromEntries(weights))
      const mel = randomTensor([1, 5, 80], 3) as tf.Tensor3D
      const context = bound.context(mel)
      expect(context.shape).toEqual([1, 5, 640])
      // y[t * 8 + j, o] = Σ_i mel[t − 3 + i] · W[i, :, j, o], by definition.
      const kernel = (
        weights.find(([name]) => name === 'upsample.weight')![1] as tf.Tensor
      ).arraySync() as number[][]
      const frames = mel.arraySync()[0]!
      const [frame, sample, band] = [2, 5, 17]
      let expected = 0
      for (let i = 0; i < 4; i++) {
        const source = frames[frame - 3 + i] ?? []
        source.forEach((value, m) => {
          expected += value * kernel[i * 80 + m]![sample * 80 + band]!
        })
      }
      const row = context.arraySync()[0]![frame]!
      expect(row[band * 8 + sample]).toBeCloseTo(expected, 4)
    })
  })

  it('inverts with early outputs', () => {
    tf.tidy(() => {
      const weights = Object.fromEntries(
        Object.entries(initializeParameters(small.parameters, 1)).map(([name, { shape, data }]) => [
          name,
          name.endsWith('end.weight') ? randomTensor(shape, 4, 0.1) : tf.tensor(data, [...shape]),
        ]),
      )
      const bound = small.bind(weights)
      const context = bound.context(randomTensor([1, 6, 80], 3) as tf.Tensor3D)
      const x = randomTensor([1, 6, 8], 5, 0.3) as tf.Tensor3D
      const { z, logDet } = bound.flow.forward(x, { context })
      expect(z.shape).toEqual(x.shape)
      expect(Math.abs(logDet.dataSync()[0]!)).toBeGreaterThan(0)
      expect(maxDifference(bound.flow.inverse(z, { context }), x)).toBeLessThan(1e-4)
    })
  })

  it('refuses sizes that do not fit', () => {
    expect(() =>
      waveglowModel({ ...nvidiaWaveglowConfig, upsample: { kernelSize: 1000, stride: 256 } }),
    ).toThrow(/upsample: got kernelSize 1000/)
    expect(() => waveglowModel({ ...nvidiaWaveglowConfig, earlyEvery: 1 })).toThrow(/earlySize/)
    const wavenet = { ...nvidiaWaveglowConfig.wavenet, dilationBase: 8, layers: 24 }
    expect(() => waveglowModel({ ...nvidiaWaveglowConfig, wavenet })).toThrow(/expected at most 8192/)
  })
})
