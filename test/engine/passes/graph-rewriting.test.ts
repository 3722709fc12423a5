import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import {
  createEngine,
  type HostTensor,
  type TraceableFunction,
  traceToOnnx,
} from '../../../src/engine/index.js'
import { fillNormal } from '../../../src/numeric/random.js'

const [rows, inner, columns] = [6, 5, 8]

function random(shape: number[], stream: number): HostTensor {
  const data = new Float32Array(shape.reduce((product, length) => product * length, 1))
  fillNormal(data, 3, stream, 0)
  return { shape, data }
}

const constants = {
  w: random([inner, columns], 1),
  v: random([inner, columns], 2),
  b: random([columns], 3),
  c: random([columns], 4),
  u: random([inner, columns / 2], 7),
  d: random([columns / 2], 8),
}
const shapes = { x: [rows, inner], y: [rows, columns] }
const feeds = { x: random(shapes.x, 5).data, y: random(shapes.y, 6).data }

/** Node names of ONNX in the model's bytes; both sides agree on the values. */
async function compared(fn: TraceableFunction, names: readonly string[]): Promise<Record<string, number>> {
  const used = Object.fromEntries(
    Object.entries(constants).filter(([name]) => new RegExp(`[{ ]${name}[ ,!]`).test(fn.toString())),
  )
  const inputs = Object.fromEntries(Object.entries(shapes).filter(([name]) => names.includes(name)))
  const given = Object.fromEntries(Object.entries(feeds).filter(([name]) => names.includes(name)))
  const [onnx, eager] = [await createEngine('onnx', { threads: 1 }), await createEngine('tfjs-cpu')]
  const results = []
  for (const engine of [onnx, eager]) {
    const compiled = await engine.compile(fn, inputs, { constants: used })
    results.push(await compiled.run(given))
    await compiled.dispose()
  }
  const [fast, plain] = results as [Record<string, Float32Array>, Record<string, Float32Array>]
  for (const [name, values] of Object.entries(plain)) {
    values.forEach((value, i) => {
      // Float32 sums of a few products, in another order.
      expect(Math.abs(fast[name]![i]! - value)).toBeLessThan(3e-6 * (1 + Math.abs(value)))
    })
  }
  const text = Buffer.from(traceToOnnx(fn, inputs, { constants: used }).model).toString('latin1')
  const count = (op: string) => text.split(`"${String.fromCharCode(op.length)}${op}`).length - 1
  return Object.fromEntries(['Gemm', 'Add', 'Split', 'Slice', 'Concat'].map((op) => [op, count(op)]))
}

const matrix = (tensor: tf.Tensor) => tensor as tf.Tensor2D

describe('columns of a product', () => {
  it('are products with columns of the constant', async () => {
    const ops = await compared(
      ({ x, w, b }) => {
        const product = tf.add(tf.matMul(matrix(x!), matrix(w!)), b!)
        const [first, second] = tf.split(product, [3, 5], 1)
        return { first: tf.tanh(first!), second: tf.sigmoid(second!) }
      },
      ['x'],
    )
    expect(ops).toMatchObject({ Gemm: 2, Split: 0, Add: 0 })
  })

  it('are cut when something else reads all of it', async () => {
    const ops = await compared(
      ({ x, w }) => {
        const product = tf.matMul(matrix(x!), matrix(w!))
        const [first, second] = tf.split(product, 2, 1)
        return { all: tf.exp(product), sum: tf.sub(first!, second!) }
      },
      ['x'],
    )
    expect(ops).toMatchObject({ Gemm: 1, Split: 1 })
  })

  it('are found through sums and splits of splits', async () => {
    const ops = await compared(
      ({ x, w, u, d }) => {
        const [half, rest] = tf.split(tf.matMul(matrix(x!), matrix(w!)), 2, 1)
        const sum = tf.add(tf.add(tf.matMul(matrix(x!), matrix(u!)), d!), half!)
        const [filter, gate] = tf.split(sum, 2, 1)
        return { gated: tf.mul(tf.tanh(filter!), tf.sigmoid(gate!)), rest: tf.exp(rest!) }
      },
      ['x'],
    )
    // Two for each of filter and gate, one of which adds to the other, and one for the rest.
    expect(ops).toMatchObject({ Gemm: 5, Add: 0, Split: 0 })
  })
})

describe('columns of what was joined', () => {
  it('are the parts, if they lie within one', async () => {
    const swapped = await compared(
      ({ x, y }) => {
        const joined = tf.concat([tf.exp(x!), tf.neg(y!)], 1)
        const second = tf.slice(joined, [0, inner], [rows, columns])
        const first = tf.slice(joined, [0, 0], [rows, inner])
        return { swapped: tf.concat([second, first], 1) }
      },
      ['x', 'y'],
    )
    expect(swapped).toMatchObject({ Concat: 1, Slice: 0 })
    const across = await compared(
      ({ x, y }) => ({
        middle: tf.neg(tf.slice(tf.concat([tf.exp(x!), tf.neg(y!)], 1), [0, 3], [rows, 4])),
      }),
      ['x', 'y'],
    )
    expect(across).toMatchObject({ Concat: 1, Slice: 1 })
  })
})

describe('sums of products', () => {
  it('are added up inside the products, with one row for all', async () => {
    const ops = await compared(
      ({ x, w, v, b, c }) => {
        const first = tf.add(tf.matMul(matrix(x!), matrix(w!)), b!)
        const second = tf.add(tf.matMul(tf.exp(matrix(x!)), matrix(v!)), c!)
        return { y: tf.tanh(tf.add(first, second)) }
      },
      ['x'],
    )
    expect(ops).toMatchObject({ Gemm: 2, Add: 0 })
  })

  it('add to any value when there is no row, and keep a row that has nowhere to go', async () => {
    const bare = await compared(
      ({ x, y, w }) => ({ z: tf.add(tf.exp(y!), tf.matMul(matrix(x!), matrix(w!))) }),
      ['x', 'y'],
    )
    expect(bare).toMatchObject({ Gemm: 1, Add: 0 })
    const withRow = await compared(
      ({ x, y, w, b }) => ({
        z: tf.add(tf.exp(y!), tf.add(tf.matMul(matrix(x!), matrix(w!)), b!)),
      }),
      ['x', 'y'],
    )
    expect(withRow).toMatchObject({ Gemm: 1, Add: 1 })
  })

  it('leave a product alone that something else reads', async () => {
    const ops = await compared(
      ({ x, y, w }) => {
        const product = tf.matMul(matrix(x!), matrix(w!))
        return { sum: tf.add(y!, product), product: tf.exp(product) }
      },
      ['x', 'y'],
    )
    expect(ops).toMatchObject({ Gemm: 1, Add: 1 })
  })
})
