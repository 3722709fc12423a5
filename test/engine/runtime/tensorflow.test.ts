import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { createEngine, type Engine } from '../../../src/engine/index.js'
import { LikelihoodModel } from '../../../src/likelihood/likelihood.js'
import type { GlowcastConfig } from '../../../src/models/config/model-config.js'
import type { LoadedWeights } from '../../../src/models/load-model.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'
import { hasTensorflow } from '../../test-engine.js'
import { randomMel, tinyConfig, tinyWeights } from '../../tiny-model.js'

describe.skipIf(!hasTensorflow)(
  'TensorFlow beside ONNX Runtime (needs test/native/build-tfjs-node.sh)',
  () => {
    let engines: Engine[]
    let shipped: LoadedWeights<GlowcastConfig>
    let recording: Float32Array
    beforeAll(async () => {
      engines = [await createEngine('onnx', { threads: 1 }), await createEngine('tensorflow', { threads: 1 })]
      shipped = await loadGlowcastModel(bundledModel)
      recording = (await loadMono('test/fixtures/audio/speech.flac', 22_050)).subarray(0, 22_016)
      // TensorFlow's library has half a gigabyte.
    })

    it('gives the audio of the shipped model', async () => {
      const [a, b] = await Promise.all(
        engines.map(async (engine) => {
          const vocoder = await Vocoder.create(engine, shipped.config, shipped.weights)
          const audio = await vocoder.synthesize(logMel(recording, melPresets['nvidia-22k']))
          await vocoder.dispose()
          return audio
        }),
      )
      expect(a!.some((value) => Math.abs(value) > 0.05)).toBe(true)
      // One step of 16 bits: float32 through eight couplings and eight passes, in another order of addition.
      expect(largestDifference(a!, b!)).toBeLessThan(2 ** -15)
    })

    it('gives the likelihood of the shipped model, frame by frame', async () => {
      const [a, b] = await Promise.all(
        engines.map(async (engine) => {
          const model = await LikelihoodModel.create(engine, shipped.config, shipped.weights)
          const { frameNatsPerSample } = await model.measure(recording)
          await model.dispose()
          return frameNatsPerSample
        }),
      )
      // Nats per sample of a frame; float32 sums of 256 squares.
      expect(largestDifference(a!, b!)).toBeLessThan(1e-3)
    })

    it('keeps no tensors of a stream', async () => {
      const before = tf.memory().numTensors
      const vocoder = await Vocoder.create(engines[1]!, tinyConfig, tinyWeights(), { chunkFrames: 1 })
      const counts = new Set<number>()
      for await (const _ of vocoder.stream([randomMel(60)])) counts.add(tf.memory().numTensors)
      expect(counts.size).toBe(1)
      await vocoder.dispose()
      expect(tf.memory().numTensors).toBe(before)
    })
  },
)

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}
