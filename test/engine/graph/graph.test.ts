import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { GraphBuilder } from '../../../src/engine/graph/builder.js'
import { type NamedTensors, traceToOnnx } from '../../../src/engine/index.js'
import { fuseBiases, withOutputNames, withoutDeadNodes } from '../../../src/engine/passes/optimize-graph.js'

const nodesOf = (fn: (inputs: NamedTensors) => NamedTensors, shapes: Record<string, number[]>) =>
  traceToOnnx(fn, shapes).nodeCount

function linear(x: tf.Tensor, w: tf.Tensor): tf.Tensor {
  const [batch, time, channels] = x.shape as [number, number, number]
  const product = tf.matMul(tf.reshape(x, [batch * time, channels]) as tf.Tensor2D, w as tf.Tensor2D)
  return tf.reshape(tf.add(product, tf.linspace(0, 1, w.shape[1]!)), [batch, time, w.shape[1]!])
}

describe('what a recorded graph spares', () => {
  const shapes = { x: [2, 5, 4], w: [4, 6] }

  it('reshapes between a product and what is done to each element or channel', () => {
    const gate = ({ x, w }: NamedTensors) => {
      const [a, b] = tf.split(linear(x!, w!), 2, 2)
      return { y: tf.sum(tf.mul(tf.tanh(a!), tf.sigmoid(b!)), [0, 1]) }
    }
    // Reshape, Gemm with its bias, Split, Tanh, Sigmoid, Mul, ReduceSum.
    expect(nodesOf(gate, shapes)).toBe(7)
  })

  it('copying the taps of a convolution twice', () => {
    const taps = ({ x }: NamedTensors) => ({
      y: tf.concat(
        [0, 1, 2].map((start) => tf.slice(x!, [0, start, 0], [2, 3, 4])),
        2,
      ),
    })
    // Gather and Reshape instead of three Slices and a Concat.
    expect(nodesOf(taps, { x: [2, 5, 4] })).toBe(2)
  })

  it('what is computed twice, and what nothing reads', () => {
    const twice = ({ x }: NamedTensors) => {
      tf.exp(x!)
      return { y: tf.add(tf.tanh(x!), tf.tanh(x!)) }
    }
    expect(nodesOf(twice, { x: [3] })).toBe(2)
  })

  it('operations that change nothing', () => {
    const idle = ({ x }: NamedTensors) => {
      const same = tf.transpose(
        tf.tile(
          tf.pad(tf.slice(x!, [0, 0], [1, 3]), [
            [0, 0],
            [0, 0],
          ]),
          [1, 1],
        ),
      )
      return { y: tf.neg(tf.reshape(same, [1, 3])) }
    }
    expect(nodesOf(idle, { x: [1, 3] })).toBe(1)
  })

  it('equal constants, large ones too', () => {
    const size = 4096
    const basis = () => tf.tensor1d(Float32Array.from({ length: size }, (_, i) => i))
    const { model } = traceToOnnx(({ x }) => ({ y: tf.add(tf.mul(x!, basis()), tf.neg(basis())) }), {
      x: [size],
    })
    expect(model.length).toBeLessThan(4 * size + 500)
  })
})

describe('recording', () => {
  it('counts multiply-accumulates', () => {
    const fn = ({ a, b }: NamedTensors) => ({
      y: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
      z: tf.matMul(b as tf.Tensor2D, a as tf.Tensor2D, true, true),
      batches: tf.matMul(tf.ones([3, 2, 4]) as tf.Tensor3D, tf.reshape(a!, [1, 4, 2]) as tf.Tensor3D),
    })
    expect(traceToOnnx(fn, { a: [2, 4], b: [4, 5] }).macs).toBe(2 * 4 * 5 + 5 * 4 * 2 + 3 * 2 * 4 * 2)
  })
})

describe('graph rewriting', () => {
  const node = (op: string, inputs: string[], outputs: string[]) => ({
    op,
    inputs,
    outputs,
    attributes: {},
    domain: '',
  })

  it('keeps only what reaches an output, in order', () => {
    const nodes = [node('A', ['x'], ['a']), node('B', ['x'], ['b']), node('C', ['a'], ['c'])]
    expect(withoutDeadNodes(nodes, ['c']).map(({ op }) => op)).toEqual(['A', 'C'])
  })

  it('gives the bias to the product, unless something else reads the product', () => {
    const nodes = [node('Gemm', ['x', 'w'], ['p']), node('Add', ['row', 'p'], ['y'])]
    const isRow = (value: string) => value === 'row'
    expect(fuseBiases(nodes, ['y'], isRow)).toEqual([node('Gemm', ['x', 'w', 'row'], ['y'])])
    expect(fuseBiases(nodes, ['y', 'p'], isRow)).toEqual(nodes)
  })

  it('leaves a bias that is made after the product', () => {
    const nodes = [
      node('Gemm', ['x', 'w'], ['p']),
      node('Neg', ['v'], ['row']),
      node('Add', ['p', 'row'], ['y']),
    ]
    expect(fuseBiases(nodes, ['y'], (value) => value === 'row')).toEqual(nodes)
  })

  it('names outputs, and copies what is an input or an output twice', () => {
    const nodes = [node('A', ['x'], ['a']), node('B', ['a'], ['b'])]
    expect(withOutputNames(nodes, ['out:1', 'out:2', 'out:3'], ['a', 'a', 'x'])).toEqual([
      node('A', ['x'], ['out:1']),
      node('B', ['out:1'], ['b']),
      node('Identity', ['out:1'], ['out:2']),
      node('Identity', ['x'], ['out:3']),
    ])
  })
})

describe('GraphBuilder', () => {
  it('joins only cuts of one value along the axis before the last', () => {
    const graph = new GraphBuilder()
    const x = graph.input('x', [2, 5, 4])
    const other = graph.input('y', [2, 5, 4])
    const cut = (value: typeof x, start: number, length = 3) =>
      graph.slice(value, [0, start, 0], [2, length, 4])
    expect(graph.gatherCuts([cut(x, 0), cut(x, 2)], 2)?.shape).toEqual([2, 3, 2, 4])
    expect(graph.gatherCuts([cut(x, 0), cut(other, 2)], 2)).toBeUndefined()
    expect(graph.gatherCuts([cut(x, 0), cut(x, 2, 2)], 2)).toBeUndefined()
    expect(graph.gatherCuts([cut(x, 0), cut(x, 2)], 1)).toBeUndefined()
    expect(graph.gatherCuts([cut(x, 0), x], 2)).toBeUndefined()
  })
})
