import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { createEngine, type NamedTensors, type Precision, traceToOnnx } from '../../../src/engine/index.js'
import { loadOnnxRuntime } from '../../../src/engine/runtime/onnx-runtime.js'
import { isConditionerMatrix } from '../../../src/flow/networks/conditioner.js'
import { fillNormal } from '../../../src/numeric/random.js'

const [rows, inputs, outputs] = [6, 96, 64]

function normal(length: number, stream: number): Float32Array {
  const values = new Float32Array(length)
  fillNormal(values, 7, stream, 0)
  return values
}

const constants = {
  w: { shape: [inputs, outputs], data: normal(inputs * outputs, 1) },
  turned: { shape: [outputs, inputs], data: normal(inputs * outputs, 2) },
  bias: { shape: [outputs], data: normal(outputs, 3) },
}

/** Products of one input with two matrices, one of them transposed, with a bias and a sum of products. */
function products({ x, w, turned, bias }: NamedTensors): NamedTensors {
  const a: tf.Tensor = tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), bias!)
  return { y: tf.add(tf.tanh(a), tf.matMul(x as tf.Tensor2D, turned as tf.Tensor2D, false, true)), a }
}

/** Rows of very different sizes, one of them zero. */
const x = normal(rows * inputs, 4).map((value, i) => value * [1, 1e-3, 100, 0, 1, 1][Math.floor(i / inputs)]!)

async function run(precision: Precision, feed: Float32Array, isQuantizable = (_: string) => true) {
  const engine = await createEngine('onnx', { threads: 1, precision })
  const shapes = { x: [feed.length / inputs, inputs] }
  const compiled = await engine.compile(products, shapes, { constants, isQuantizable })
  const result = await compiled.run({ x: feed })
  await compiled.dispose()
  return result
}

/** Largest over the rows of: root mean square of the differences over that of the values. */
function relativeError(got: Float32Array, wanted: Float32Array): number {
  const errors = Array.from({ length: rows }, (_, row) => {
    const [a, b] = [got, wanted].map((all) => all.subarray(row * outputs, (row + 1) * outputs))
    return Math.hypot(...a!.map((value, i) => value - b![i]!)) / Math.hypot(...b!)
  })
  return Math.max(...errors)
}

describe('precision of products', () => {
  // Relative errors of one rounding are up to 2^-12 and 2^-9, and 2^-8 of the largest for bytes, whose largest is 3 to
  // 4 times the usual: three roundings of random sign; half of it at least, so that the rounding did take place.
  it.each([
    ['float16', 1e-4, 6e-4],
    ['bfloat16', 1e-3, 5e-3],
    ['int8', 3e-3, 2e-2],
  ] as const)('%s rounds operands, and no more', async (precision, least, most) => {
    const exact = await run('float32', x)
    const rounded = await run(precision, x)
    for (const name of ['a', 'y']) {
      const error = relativeError(rounded[name]!, exact[name]!)
      expect(error).toBeLessThan(most)
      expect(error).toBeGreaterThan(least)
    }
  })

  it('int8 gives a row the same values whatever rows are beside it', async () => {
    const whole = await run('int8', x)
    for (let row = 0; row < rows; row++) {
      const alone = await run('int8', x.slice(row * inputs, (row + 1) * inputs))
      // Sums of integers are exact, so nothing may differ at all.
      expect(alone['y']).toEqual(whole['y']!.slice(row * outputs, (row + 1) * outputs))
    }
  })

  it('leaves constants alone that may not be narrower', async () => {
    expect(await run('int8', x, () => false)).toEqual(await run('float32', x))
  })

  it('stores matrices as small as they are', () => {
    const sizes = (['float32', 'float16', 'bfloat16', 'int8'] as const).map(
      (precision) => traceToOnnx(products, { x: [rows, inputs] }, { constants, precision }).model.length,
    )
    const [full, half, brain, byte] = sizes as [number, number, number, number]
    const values = 2 * inputs * outputs
    // Beside the matrices: names, scales and nodes.
    for (const size of [half, brain]) expect(Math.abs(full - size - 2 * values)).toBeLessThan(1500)
    expect(Math.abs(full - byte - 3 * values)).toBeLessThan(3500)
  })

  it('runs the graph that a device with 16-bit products gets, on the CPU, by casts of ONNX Runtime', async () => {
    const { model } = traceToOnnx(products, { x: [rows, inputs] }, { constants, precision: 'float16' })
    const runtime = await loadOnnxRuntime()
    const session = await runtime.InferenceSession.create(model)
    const results = await session.run({ 'in:x': new runtime.Tensor('float32', x, [rows, inputs]) })
    const exact = await run('float32', x)
    // ONNX Runtime leaves out casts that undo each other, so that less is rounded.
    expect(relativeError(results['out:y']!.data as Float32Array, exact['y']!)).toBeLessThan(6e-4)
    await session.release()
  })

  it('is refused where it cannot be', async () => {
    await expect(createEngine('tfjs-cpu', { precision: 'int8' })).rejects.toThrow(
      /precision: got int8 with engine tfjs-cpu, expected engine onnx/,
    )
    await expect(createEngine('onnx', { precision: 'int8', device: 'cuda' })).rejects.toThrow(
      /precision: got int8 with device cuda, expected device cpu/,
    )
    await expect(createEngine('onnx', { precision: 'bfloat16', device: 'webgpu' })).rejects.toThrow(
      /precision: got bfloat16 with device webgpu, expected device cpu or cuda/,
    )
  })
})

describe('conditioner matrices', () => {
  it.each([
    ['weight:flow.2.start.weight', true],
    ['weight:flow.2.layer0.weight', true],
    ['weight:flow.2.layer11.output.weight', true],
    ['weight:flow.2.context.weight', true],
    ['weight:flow.2.end.weight', true],
    ['weight:flow.2.layer0.bias', false],
    ['weight:flow.1.inverse', false],
    ['weight:flow.0.head.weight', false],
    ['weight:context.conv0.weight', false],
    ['weight:pitch.output.weight', false],
  ])('%s: %s', (name, expected) => expect(isConditionerMatrix(name)).toBe(expected))
})
