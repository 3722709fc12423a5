import type * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MelAnalyzer, melPresets } from '../../src/audio/mel/mel.js'
import { createEngine, type Engine } from '../../src/engine/index.js'
import { dequantised } from '../../src/likelihood/dequantisation.js'
import { WaveglowLikelihoodModel } from '../../src/likelihood/waveglow.js'
import { waveglowModel } from '../../src/models/waveglow/model.js'
import { concatFloats } from '../../src/numeric/concat-floats.js'
import { fillNormal } from '../../src/numeric/random.js'
import { tinyWaveglowConfigs, tinyWaveglowWeights } from '../tiny-waveglow.js'

let engine: Engine
beforeAll(async () => {
  engine = await createEngine('onnx', { threads: 1 })
})

function noise(samples: number): Float32Array {
  const waveform = new Float32Array(samples)
  fillNormal(waveform, 2, 2, 0)
  return waveform.map((value) => 0.1 * value)
}

/** By the flow over the whole signal at once, term by term. */
async function natsPerSample(
  config: (typeof tinyWaveglowConfigs)['waveglow'],
  waveform: Float32Array,
): Promise<number> {
  const frames = Math.floor((waveform.length - 128) / 256)
  const analyzer = new MelAnalyzer(melPresets[config.mel])
  const mel = concatFloats([analyzer.push(waveform).data, analyzer.flush().data]).slice(0, frames * 80)
  const samples = dequantised(waveform.subarray(128, 128 + frames * 256), 128)
  const model = waveglowModel(config)
  const compiled = await engine.compile(
    (inputs) => {
      const bound = model.bind(inputs)
      const context = bound.context(inputs['mel'] as tf.Tensor3D)
      const { z, logDet } = bound.flow.forward(inputs['x'] as tf.Tensor3D, { context })
      return { z, logDet }
    },
    { mel: [1, frames, 80], x: [1, samples.length / config.groupSize, config.groupSize] },
    { constants: tinyWaveglowWeights(config) },
  )
  const { z, logDet } = await compiled.run({ mel, x: samples })
  await compiled.dispose()
  const squares = z!.reduce((sum, value) => sum + value * value, 0) / 2
  return (squares - logDet![0]!) / samples.length + 0.5 * Math.log(2 * Math.PI)
}

describe.each(Object.entries(tinyWaveglowConfigs))('the likelihood under a %s model', (_name, config) => {
  let model: WaveglowLikelihoodModel
  beforeAll(async () => {
    model = await WaveglowLikelihoodModel.create(engine, config, tinyWaveglowWeights(config))
  })
  afterAll(() => model.dispose())

  it('is that of the whole signal, though it is measured in chunks', async () => {
    // Of one chunk, and of several.
    for (const frames of [3, 60]) {
      const waveform = noise(frames * 256 + 150)
      const measured = await model.measure(waveform)
      expect(measured.samples).toBe(frames * 256)
      // Sums of thousands of float32 terms.
      expect(Math.abs(measured.natsPerSample - (await natsPerSample(config, waveform)))).toBeLessThan(2e-4)
    }
  })

  it('is refused for less than a frame and a half', async () => {
    await expect(model.measure(new Float32Array(383))).rejects.toThrow(/383 samples, expected at least 384/)
  })
})
