import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Bijector, Condition, Layer } from '../../src/flow/bijector.js'
import { initializeParameters, sizeOf } from '../../src/flow/parameters.js'
import { invertMatrix } from '../../src/numeric/matrix.js'
import { fillNormal } from '../../src/numeric/random.js'
import { useEagerBackend } from '../test-engine.js'

export interface BijectorCase {
  readonly name: string
  readonly layer: Layer
  /** [batch, time, channels] of x; tiny, for the numerical Jacobian. */
  readonly shape: readonly [number, number, number]
  readonly contextChannels?: number
  readonly excitationChannels?: number
  /** Whether its initial weights make it the identity. */
  readonly identityAtStart?: boolean
  /** How far random weights are from the initial ones. */
  readonly spread?: number
}

export function randomTensor(shape: readonly number[], stream: number, scale = 1): tf.Tensor {
  const values = new Float32Array(sizeOf(shape))
  fillNormal(values, 11, stream, 0)
  return tf.tensor(
    values.map((value) => scale * value),
    [...shape],
  )
}

export function boundWith(layer: Layer, spread: number): Bijector {
  const initial = initializeParameters(layer.parameters, 3)
  const entries = Object.entries(initial).map(([name, { shape, data }], index) => {
    const { trainable } = layer.parameters[name]!
    const start = tf.tensor(data, [...shape])
    return [name, trainable && spread > 0 ? tf.add(start, randomTensor(shape, 100 + index, spread)) : start]
  })
  return layer.bind(Object.fromEntries(entries))
}

function conditionFor(test: BijectorCase, time: number): Condition {
  const [batch] = test.shape
  const context = randomTensor([batch, time, test.contextChannels ?? 1], 7) as tf.Tensor3D
  if (test.excitationChannels === undefined) return { context }
  return { context, excitation: randomTensor([batch, time, test.excitationChannels], 8) as tf.Tensor3D }
}

/** log |det| of the Jacobian at x for a batch of one, by central differences. */
function numericalLogDet(forward: (x: tf.Tensor3D) => tf.Tensor3D, x: tf.Tensor3D): number {
  const values = x.dataSync()
  const size = values.length
  const step = 1e-2
  const jacobian = new Float64Array(size * size)
  for (let input = 0; input < size; input++) {
    const at = (delta: number) => {
      const moved = Float32Array.from(values)
      moved[input] = moved[input]! + delta
      return forward(tf.tensor3d(moved, x.shape)).dataSync()
    }
    const above = at(step)
    const below = at(-step)
    for (let output = 0; output < size; output++) {
      jacobian[output * size + input] = (above[output]! - below[output]!) / (2 * step)
    }
  }
  return invertMatrix(jacobian, size).logAbsDet
}

/** What every bijector must do; run with each implementation. */
export function bijectorContract(test: BijectorCase): void {
  const spread = test.spread ?? 0.3
  describe(`${test.name} is a bijector`, () => {
    beforeAll(async () => {
      await useEagerBackend()
    })

    it('inverts forward', () => {
      tf.tidy(() => {
        const bijector = boundWith(test.layer, spread)
        const x = randomTensor(test.shape, 1) as tf.Tensor3D
        const { z } = bijector.forward(x, conditionFor(test, test.shape[1]))
        const back = bijector.inverse(z, conditionFor(test, test.shape[1]))
        expect(back.shape).toEqual(x.shape)
        // float32 through a few exp and products of size about 1.
        expect(maxDifference(back, x)).toBeLessThan(2e-4)
      })
    })

    it('is inverted by forward', () => {
      tf.tidy(() => {
        const bijector = boundWith(test.layer, spread)
        const { shape } = bijector.forward(
          randomTensor(test.shape, 1) as tf.Tensor3D,
          conditionFor(test, test.shape[1]),
        ).z
        const z = randomTensor(shape, 2) as tf.Tensor3D
        const x = bijector.inverse(z, conditionFor(test, test.shape[1]))
        expect(maxDifference(bijector.forward(x, conditionFor(test, test.shape[1])).z, z)).toBeLessThan(2e-4)
      })
    })

    it('gives the log-determinant of its Jacobian', () => {
      tf.tidy(() => {
        const bijector = boundWith(test.layer, spread)
        const x = randomTensor(test.shape, 1) as tf.Tensor3D
        const condition = conditionFor(test, test.shape[1])
        const expected = numericalLogDet((moved) => bijector.forward(moved, condition).z, x)
        const { z, logDet, logDetByStep } = bijector.forward(x, condition)
        expect(logDet.shape).toEqual([test.shape[0]])
        expect(logDetByStep.shape).toEqual(z.shape.slice(0, 2))
        // Central differences of float32 functions with step 1e-2: about 1e-4 an entry.
        expect(Math.abs(logDet.dataSync()[0]! - expected)).toBeLessThan(5e-3)
        const sum = tf.sum(logDetByStep).dataSync()[0]!
        // The same numbers in another order of addition.
        expect(Math.abs(sum - logDet.dataSync()[0]!)).toBeLessThan(1e-5)
      })
    })

    if (test.identityAtStart === true) {
      it('is the identity at its initial weights', () => {
        tf.tidy(() => {
          const bijector = boundWith(test.layer, 0)
          const x = randomTensor(test.shape, 1) as tf.Tensor3D
          const { z, logDet } = bijector.forward(x, conditionFor(test, test.shape[1]))
          expect(maxDifference(z, x)).toBeLessThan(1e-6)
          expect(Math.abs(logDet.dataSync()[0]!)).toBeLessThan(1e-6)
        })
      })
    }

    it('refuses another number of channels', () => {
      tf.tidy(() => {
        const bijector = boundWith(test.layer, spread)
        const [batch, time, channels] = test.shape
        const wrong = randomTensor([batch, time + 1, channels + 1], 1) as tf.Tensor3D
        expect(() => bijector.forward(wrong, conditionFor(test, time + 1))).toThrow()
      })
    })

    it('leaks no tensors', () => {
      const before = tf.memory().numTensors
      tf.tidy(() => {
        const bijector = boundWith(test.layer, spread)
        const x = randomTensor(test.shape, 1) as tf.Tensor3D
        const { z } = bijector.forward(x, conditionFor(test, test.shape[1]))
        bijector.inverse(z, conditionFor(test, test.shape[1]))
      })
      expect(tf.memory().numTensors).toBe(before)
    })
  })
}

export function maxDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!
}
