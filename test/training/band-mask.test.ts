import '@tensorflow/tfjs-backend-cpu'
import '../../src/engine/runtime/gradients.js'
import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { fillNormal } from '../../src/numeric/random.js'
import { bandMask, fillBand } from '../../src/training/band-mask.js'
import { spectralEnergyDistance, spectraOf } from '../../src/training/spectral-energy-distance.js'

const sampleRate = 22_050

function normal(shape: [number, number, number], stream: number): tf.Tensor3D {
  const values = new Float32Array(shape[0] * shape[1] * shape[2])
  fillNormal(values, 9, stream, 0)
  return tf.tensor3d(values, shape)
}

it('is 1 in the band of each recording and 0 above it', () => {
  const mask = bandMask(tf.tensor1d([4000, sampleRate]), [0, 3700, 4000, 4300, 11_025])
  const [limited, whole] = mask.arraySync()
  expect(mask.shape).toEqual([2, 1, 5])
  const expected = [1, 0.9975, 0.5, 0.0025, 0]
  limited![0]!.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 4)
  })
  expect(whole![0]).toEqual([1, 1, 1, 1, 1])
})

it('fills what a recording lacks from the sample, and teaches the sample nothing', () => {
  const [recording, sample] = [normal([1, 2, 8], 1), normal([1, 2, 8], 2)]
  // Of 8 coefficients each is 1378 Hz wide: the limit lies between the fourth and the fifth.
  const limit = tf.tensor1d([5512])
  const filled = fillBand(recording, sample, limit, sampleRate).arraySync()[0]!
  const [own, others] = [recording.arraySync()[0]!, sample.arraySync()[0]!]
  filled.forEach((group, t) => {
    group.forEach((value, k) => {
      expect(value).toBeCloseTo((k < 4 ? own : others)[t]![k]!, 4)
    })
  })
  const squares = (x: tf.Tensor, y: tf.Tensor) =>
    tf.sum(tf.square(fillBand(x as tf.Tensor3D, y as tf.Tensor3D, limit, sampleRate))) as tf.Scalar
  const [ofRecording, ofSample] = tf.grads(squares)([recording, sample])
  expect(tf.max(tf.abs(ofSample!)).arraySync()).toBe(0)
  expect(tf.max(tf.abs(ofRecording!)).arraySync()).toBeGreaterThan(0.1)
})

it('leaves what two sounds do above the band out of their distance', () => {
  const length = 2048
  const low = normal([1, length, 1], 3)
  // The sign of every second sample moves a slow wave to near half the sampling rate.
  const high = tf.tensor3d(
    Array.from({ length }, (_, n) => 0.5 * (-1) ** n * Math.sin(n / 50)),
    [1, length, 1],
  )
  const distance = (limitHz: number) => {
    const options = { seesPhase: true, bandwidthHz: tf.tensor1d([limitHz]), sampleRate }
    const [a, b] = [low, tf.add(low, high) as tf.Tensor3D].map((x) => spectraOf(x, options))
    return spectralEnergyDistance(a!, b!, b!, 1).arraySync() as number
  }
  expect(distance(sampleRate)).toBeGreaterThan(1)
  expect(distance(7500)).toBeLessThan(0.05)
})
