import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeOnnxModel } from '../../../src/engine/graph/onnx-writer.js'
import { createEngine, type Engine, jit, outputShapesOf } from '../../../src/engine/index.js'
import { hasTensorflow } from '../../test-engine.js'

let onnx: Engine

beforeAll(async () => {
  onnx = await createEngine('onnx', { threads: 1 })
  await createEngine('tfjs-cpu')
  await tf.setBackend('cpu')
})

const double = (inputs: Record<string, tf.Tensor>) => ({ y: tf.mul(inputs['x']!, 2) })

describe('compile', () => {
  it('runs what was recorded', async () => {
    const compiled = await onnx.compile(double, { x: [3] })
    expect(compiled.outputShapes).toEqual({ y: [3] })
    expect(await compiled.run({ x: Float32Array.of(1, 2, 3) })).toEqual({ y: Float32Array.of(2, 4, 6) })
    await compiled.dispose()
  })

  it('writes into given arrays', async () => {
    const compiled = await onnx.compile(double, { x: [2] })
    const y = new Float32Array(2)
    const outputs = await compiled.run({ x: Float32Array.of(1, 2) }, { y })
    expect(y).toEqual(Float32Array.of(2, 4))
    expect(outputs['y']).toEqual(y)
  })

  it('bakes constants in', async () => {
    const compiled = await onnx.compile(
      ({ x, w }) => ({ y: tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D) }),
      { x: [1, 2] },
      { constants: { w: { shape: [2, 1], data: Float32Array.of(3, 4) } } },
    )
    expect(Object.keys(compiled.inputShapes)).toEqual(['x'])
    expect((await compiled.run({ x: Float32Array.of(1, 10) }))['y']).toEqual(Float32Array.of(43))
  })

  it('gives one value under two names', async () => {
    const compiled = await onnx.compile(
      ({ x }) => {
        const y = tf.square(x!)
        return { a: y, b: y, same: x! }
      },
      { x: [1] },
    )
    const three = Float32Array.of(3)
    expect(await compiled.run({ x: three })).toEqual({
      a: Float32Array.of(9),
      b: Float32Array.of(9),
      same: three,
    })
  })

  it.each([
    ['missing', {}, /input x: got nothing, expected \[3\]/],
    ['too short', { x: new Float32Array(2) }, /input x: got 2 values/],
    ['unknown', { x: new Float32Array(3), z: new Float32Array(1) }, /input z: got an unknown name/],
  ])('refuses a feed that is %s', async (_, feeds, message) => {
    const compiled = await onnx.compile(double, { x: [3] })
    await expect(compiled.run(feeds as Record<string, Float32Array>)).rejects.toThrow(message)
  })
})

describe('recording', () => {
  it('names a kernel that it does not know', () => {
    expect(() => outputShapesOf(({ x }) => ({ y: tf.atan2(x!, x!) }), { x: [2] })).toThrow(
      /Atan2: got a TF.js kernel that cannot be recorded/,
    )
  })

  it('explains that values cannot be read', () => {
    expect(() =>
      outputShapesOf(
        ({ x }) => {
          x!.dataSync()
          return {}
        },
        { x: [2] },
      ),
    ).toThrow(/a read of a tensor that is being recorded/)
  })

  it('restores the backend, also after an error', () => {
    expect(tf.getBackend()).toBe('cpu')
    expect(() =>
      outputShapesOf(
        () => {
          throw new Error('mine')
        },
        { x: [2] },
      ),
    ).toThrow('mine')
    expect(tf.getBackend()).toBe('cpu')
  })

  it('leaves tensors of other backends usable', async () => {
    const weights = tf.tensor1d([1, 2])
    const compiled = await onnx.compile(({ x }) => ({ y: tf.mul(x!, weights) }), { x: [2] })
    expect((await compiled.run({ x: Float32Array.of(5, 5) }))['y']).toEqual(Float32Array.of(5, 10))
    expect([...tf.add(weights, 1).dataSync()]).toEqual([2, 3])
    const again = await onnx.compile(({ x }) => ({ y: tf.add(x!, weights) }), { x: [2] })
    expect((await again.run({ x: Float32Array.of(5, 5) }))['y']).toEqual(Float32Array.of(6, 7))
    weights.dispose()
  })

  it('leaks no tensors', () => {
    const before = tf.memory().numTensors
    outputShapesOf(double, { x: [4] })
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('jit', () => {
  it('compiles once for each set of shapes', async () => {
    let traces = 0
    const sum = jit(({ x }) => {
      traces += 1
      return { y: tf.sum(x!) }
    }, onnx)
    const of = (length: number) => ({ x: { shape: [length], data: new Float32Array(length).fill(1) } })
    expect((await sum(of(3)))['y']).toEqual({ shape: [], data: Float32Array.of(3) })
    expect((await sum(of(3)))['y']!.data[0]).toBe(3)
    expect(traces).toBe(1)
    expect((await sum(of(5)))['y']!.data[0]).toBe(5)
    expect(traces).toBe(2)
  })
})

describe('createEngine', () => {
  it('takes ONNX Runtime by itself and says so', async () => {
    const engine = await createEngine('auto')
    expect(engine.name).toBe('onnx')
    expect(engine.description).toMatch(/ONNX Runtime \d/)
  })

  it.skipIf(hasTensorflow)('tells how to get an engine that is not installed', async () => {
    await expect(createEngine('tensorflow')).rejects.toThrow(
      'engine tensorflow: got none of its packages, expected one that loads: ' +
        'npm install @tensorflow/tfjs-node, or @tensorflow/tfjs-node-gpu for CUDA',
    )
  })
})

describe('the ONNX writer', () => {
  it('writes the wire format', () => {
    const bytes = writeOnnxModel({
      name: 'g',
      nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'], attributes: { k: 300 }, domain: '' }],
      initializers: [],
      inputs: [{ name: 'x', shape: [2] }],
      outputs: [{ name: 'y', shape: [2] }],
    })
    const hex = Buffer.from(bytes).toString('hex')
    // Fields in order: ir_version 8; producer "glowcast"; graph { node { input, output, op_type, attribute
    // { name "k", i 300, type INT } }, name, input, output }; opset_import { domain "", version 17 }.
    expect(hex).toBe(
      '0808' +
        '1208676c6f7763617374' +
        '3a3d' +
        '0a16' +
        '0a0178' +
        '120179' +
        '22034e6567' +
        '2a09' +
        '0a016b' +
        '18ac02' +
        'a00102' +
        '120167' +
        '5a0f' +
        '0a0178' +
        '120a' +
        '0a08' +
        '0801' +
        '1204' +
        '0a020802' +
        '620f' +
        '0a0179' +
        '120a' +
        '0a08' +
        '0801' +
        '1204' +
        '0a020802' +
        '4204' +
        '0a00' +
        '1011',
    )
  })
})
