import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { createEngine, type ShapeSpecialisedFunction } from '../../../src/engine/index.js'

const weights = { w: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } }

/** Rows before `cut` times a product of constants, with `pad` rows of zeros behind. */
const sized: ShapeSpecialisedFunction = {
  sampleShapes: { base: [9, 3, 2], steps: [2, 1, 1], check: [12, 5, 4] },
  at: ([rows, cut, pad]) => ({
    inputShapes: { x: [1, rows!, 2] },
    fn({ x, w }) {
      const kept = tf.slice(x as tf.Tensor3D, [0, 0, 0], [1, cut!, 2])
      const square = tf.matMul(w as tf.Tensor2D, w as tf.Tensor2D)
      const product = tf.matMul(tf.reshape(kept, [cut!, 2]) as tf.Tensor2D, square)
      return {
        y: tf.pad(product, [
          [0, pad!],
          [0, 0],
        ]),
      }
    },
  }),
}

describe.each(['onnx', 'tfjs-cpu'] as const)('a function of several sizes on %s', (name) => {
  it('runs at sizes that it was not recorded at, lengths of 0 among them', async () => {
    const engine = await createEngine(name, { threads: 1 })
    const compiled = await engine.compileShapeSpecialised(sized, { constants: weights })
    const x = Float32Array.of(1, 0, 0, 1, 1, 1)
    expect(await compiled.run([3, 2, 1], { x })).toEqual({ y: Float32Array.of(7, 10, 15, 22, 0, 0) })
    expect(await compiled.run([3, 3, 0], { x })).toEqual({ y: Float32Array.of(7, 10, 15, 22, 22, 32) })
    expect(await compiled.run([2, 0, 1], { x: x.slice(0, 4) })).toEqual({ y: new Float32Array(2) })
    await expect(compiled.run([4, 2, 1], { x })).rejects.toThrow(
      /input x: got 6 values, expected \[1, 4, 2\]/,
    )
    await compiled.dispose()
  })
})

describe('a function whose operations depend on its sizes', () => {
  it.each<[string, (rows: number, x: tf.Tensor) => tf.Tensor, RegExp]>([
    [
      'another number of operations',
      (rows, x) => (rows > 9 ? tf.neg(tf.exp(x)) : tf.exp(x)),
      /operations: got/,
    ],
    ['other operations', (rows, x) => (rows > 9 ? tf.exp(x) : tf.tanh(x)), /\(Tanh\): got/],
    ['a constant with a value', (rows, x) => tf.mul(x, rows), /\(Mul\): got constants/],
    [
      'a length that is not affine',
      (rows, x) => tf.slice(x as tf.Tensor1D, [0], [Math.floor((rows * rows) / 40)]),
      /got lengths/,
    ],
  ])('is refused: %s', async (_name, operation, message) => {
    const engine = await createEngine('onnx', { threads: 1 })
    const refused: ShapeSpecialisedFunction = {
      sampleShapes: { base: [9], steps: [2], check: [15] },
      at: ([rows]) => ({ inputShapes: { x: [rows!] }, fn: ({ x }) => ({ y: operation(rows!, x!) }) }),
    }
    await expect(engine.compileShapeSpecialised(refused)).rejects.toThrow(message)
  })
})
