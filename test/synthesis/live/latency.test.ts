import { expect, it } from 'vitest'
import { glowcastModel } from '../../../src/models/glowcast/model.js'
import { framesForSamples, latencyFrames } from '../../../src/synthesis/live/latency.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'
import { createModelEngine } from '../../test-engine.js'
import { randomMel, tinyConfig, tinyWeights } from '../../tiny-model.js'

it.each([
  [0, 1, false],
  [0, 2, false],
  [1, 2, false],
  [3, 2, false],
  [3, 5, false],
  [0, 1, true],
  [0, 2, true],
  [1, 1, true],
  [3, 2, true],
])(
  'tells the very frame that brings sound, with %i passes and chunks of %i, comb: %o',
  async (passes, chunkFrames, comb) => {
    const config = { ...tinyConfig, melProjection: { passes: 3, momentum: 0.7 } }
    const vocoder = await Vocoder.create(await createModelEngine(), config, tinyWeights(), {
      chunkFrames,
    })
    const mel = randomMel(60)
    let pushed = 0
    function* frames() {
      for (; pushed < 60; pushed++) {
        yield { data: mel.data.subarray(pushed * 80, (pushed + 1) * 80), frames: 1, channels: 80 }
      }
    }
    const options = { passes, comb, chunkFrames }
    let samples = 0
    for await (const part of vocoder.stream(frames(), { melProjections: passes, comb })) {
      if (pushed === 60) break
      // The frame under way has been pushed, its number is not yet counted.
      expect(framesForSamples(glowcastModel(config), samples + 1, options)).toBe(pushed + 1)
      samples += part.length
      expect(pushed + 1 - Math.floor(samples / 256)).toBeLessThanOrEqual(
        latencyFrames(glowcastModel(config), options) + 1,
      )
    }
    expect(samples).toBeGreaterThan(0)
    await vocoder.dispose()
  },
)
