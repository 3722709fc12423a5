import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { createEngine, type NamedTensors } from '../../../src/engine/index.js'
import { fillNormal } from '../../../src/numeric/random.js'
import { useEagerBackend } from '../../test-engine.js'

export interface OpCase {
  readonly name: string
  readonly shapes: readonly (readonly number[])[]
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor
  /** Inputs are made positive: logarithms, roots, powers. */
  readonly positive?: boolean
  /** Inputs are divided by this: functions that lose digits near 0 show it there. */
  readonly scale?: number
  /** False where TF.js has no gradient, or none that differs from zero. */
  readonly gradient?: boolean
}

function feedsFor({ shapes, positive, scale = 1 }: OpCase): Record<string, Float32Array> {
  return Object.fromEntries(
    shapes.map((shape, index) => {
      const values = new Float32Array(shape.reduce((product, length) => product * length, 1))
      fillNormal(values, 5, index, 0)
      const scaled = values.map((value) => scale * value)
      return [`x${index}`, positive === true ? scaled.map((value) => 0.3 + Math.abs(value)) : scaled]
    }),
  )
}

function forwardOf(test: OpCase): (inputs: NamedTensors) => NamedTensors {
  return (inputs) => ({ y: test.run(...test.shapes.map((_, index) => inputs[`x${index}`]!)) })
}

/** Gradients of Σ y², so that each output counts with a weight of its own. */
function gradientsOf(test: OpCase): (inputs: NamedTensors) => NamedTensors {
  return (inputs) => {
    const values = test.shapes.map((_, index) => inputs[`x${index}`]!)
    const gradients = tf.grads((...x) => tf.sum(tf.square(test.run(...x))))(values)
    return Object.fromEntries(gradients.map((gradient, index) => [`g${index}`, gradient]))
  }
}

async function expectSame(test: OpCase, fn: (inputs: NamedTensors) => NamedTensors): Promise<void> {
  const onnx = await createEngine('onnx', { threads: 1 })
  await useEagerBackend()
  const shapes = Object.fromEntries(test.shapes.map((shape, index) => [`x${index}`, shape]))
  const feeds = feedsFor(test)
  const recorded = await onnx.compile(fn, shapes)
  const actual = await recorded.run(feeds)
  tf.tidy(() => {
    const inputs = Object.entries(feeds).map(([name, data]) => [name, tf.tensor(data, [...shapes[name]!])])
    for (const [name, tensor] of Object.entries(fn(Object.fromEntries(inputs)))) {
      expect(recorded.outputShapes[name]).toEqual(tensor.shape)
      const values = tensor.dataSync()
      expect(actual[name]).toHaveLength(values.length)
      values.forEach((value, i) => {
        const got = actual[name]![i]!
        // Two float32 implementations of the same function: a few units in the last place.
        const tolerance = 2e-5 * Math.max(Math.min(1, test.scale ?? 1), Math.abs(value))
        if (got !== value) expect(Math.abs(got - value)).toBeLessThan(tolerance)
      })
    }
  })
  await recorded.dispose()
}

/** Each operation recorded and run by ONNX Runtime against TF.js on the CPU, forward and gradient. */
export function describeCases(title: string, cases: readonly OpCase[]): void {
  describe(title, () => {
    for (const test of cases) {
      it(`${test.name}, forward`, () => expectSame(test, forwardOf(test)))
      if (test.gradient !== false) it(`${test.name}, gradient`, () => expectSame(test, gradientsOf(test)))
    }
  })
}
