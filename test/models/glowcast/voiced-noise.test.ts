import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { latentBins } from '../../../src/models/glowcast/latent-order.js'
import { withVoicedTemperature } from '../../../src/models/glowcast/voiced-noise.js'
import { useEagerBackend } from '../../test-engine.js'
import { tinyConfig } from '../../tiny-model.js'

const groupSize = 128
const config = { ...tinyConfig, voicedTemperature: { factor: 0.25, belowHz: 1000 } }

beforeAll(useEagerBackend)

describe('withVoicedTemperature', () => {
  it('lowers the noise of low frequencies in groups with voice, and no other', () => {
    const noise = tf.ones([1, 2, groupSize]) as tf.Tensor3D
    const voiced = new Float32Array(2 * 2 * groupSize)
    voiced[2 * groupSize + 5] = -0.1
    const excitation = tf.tensor3d(voiced, [1, 2, 2 * groupSize])
    const lowered = withVoicedTemperature(noise, excitation, config).arraySync()[0]!
    expect(lowered[0]).toEqual(new Array(groupSize).fill(1))
    // Bins are 86 Hz wide.
    const expected = latentBins(config).map((bin) => (((bin + 0.5) * 22_050) / 256 < 1000 ? 0.25 : 1))
    expect(expected.filter((factor) => factor < 1)).toHaveLength(12)
    expect(lowered[1]).toEqual(expected)
  })

  it('leaves the noise alone where the model says nothing of it', () => {
    const noise = tf.ones([1, 1, groupSize]) as tf.Tensor3D
    const excitation = tf.ones([1, 1, 2 * groupSize]) as tf.Tensor3D
    expect(withVoicedTemperature(noise, excitation, tinyConfig)).toBe(noise)
    expect(withVoicedTemperature(noise, undefined, config)).toBe(noise)
  })
})
