import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  decodePitch,
  hzToOctaves,
  octavesToHz,
  pitchClasses,
  pitchCrossEntropy,
} from '../../../src/models/glowcast/pitch-network.js'
import { useEagerBackend } from '../../test-engine.js'

beforeAll(async () => {
  await useEagerBackend()
})

/** Logits of the bell that training wants for an F0. */
function bell(f0Hz: number): number[] {
  const position = 48 * Math.log2(f0Hz / 50)
  return Array.from({ length: pitchClasses }, (_, k) => -0.5 * (k - position) ** 2)
}

function decoded(logits: number[][]): number[] {
  const octaves = tf.tidy(() => decodePitch(tf.tensor3d([logits])).dataSync())
  return [...octaves].map(octavesToHz)
}

describe('pitch classes', () => {
  it.each([55, 98.7, 200, 333.3, 530])('tell %f Hz to a cent', (f0Hz) => {
    const [got] = decoded([bell(f0Hz)])
    expect(Math.abs(1200 * Math.log2(got! / f0Hz))).toBeLessThan(1)
  })

  it('are not drawn by a second, less likely peak an octave away', () => {
    const mixed = bell(220).map((value, k) => Math.max(value, bell(110)[k]! - 0.5))
    const [got] = decoded([mixed])
    expect(Math.abs(1200 * Math.log2(got! / 220))).toBeLessThan(1)
  })

  it('cost least where they say what is wanted', () => {
    const costs = [150, 155, 160, 170].map((f0Hz) =>
      tf.tidy(() => {
        const octaves = tf.tensor2d([[hzToOctaves(150)]])
        return pitchCrossEntropy(tf.tensor3d([[bell(f0Hz)]]), octaves).dataSync()[0]!
      }),
    )
    expect([...costs].sort((a, b) => a - b)).toEqual(costs)
    // The entropy of a bell one class wide, ½ ln(2πe).
    expect(costs[0]).toBeCloseTo(1.419, 2)
  })

  it('convert there and back', () => {
    expect(octavesToHz(hzToOctaves(123))).toBeCloseTo(123, 10)
  })
})
