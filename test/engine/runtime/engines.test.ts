import * as tf from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createEngine, type Engine, jit, outputShapesOf } from '../../../src/engine/index.js'
import { testedEngines } from '../../test-engine.js'

const constants = { w: { shape: [2], data: Float32Array.of(3, 4) } }
const scale = ({ x, w }: Record<string, tf.Tensor>) => ({ y: tf.mul(x!, w!), total: tf.sum(x!) })

async function compileScale(engine: Engine) {
  return engine.compile(scale, { x: [2] }, { constants })
}

describe('recording', () => {
  it('leaves no backend behind, and none in use where none was', async () => {
    const { backendName } = tf.engine()
    const engine = await createEngine('onnx')
    const compiled = await compileScale(engine)
    await compiled.dispose()
    expect(tf.engine().backendName ?? null).toBe(backendName ?? null)
    expect(Object.keys(tf.engine().registryFactory)).not.toContain('glowcast-trace')
  })

  it('refuses to record inside a recording', async () => {
    const engine = await createEngine('onnx')
    const nested = ({ x }: Record<string, tf.Tensor>) => {
      outputShapesOf(({ z }) => ({ y: z! }), { z: [1] })
      return { y: x! }
    }
    await expect(engine.compile(nested, { x: [1] })).rejects.toThrow(/a recording inside it/)
  })
})

describe.each(testedEngines)('the contract of an engine: %s', (name) => {
  it('runs with constants, as often as one likes', async () => {
    const compiled = await compileScale(await createEngine(name))
    for (const value of [1, 2]) {
      const { y, total } = await compiled.run({ x: Float32Array.of(value, 10) })
      expect(y).toEqual(Float32Array.of(3 * value, 40))
      expect(total).toEqual(Float32Array.of(value + 10))
    }
    await compiled.dispose()
  })

  it('writes in place, some outputs or all, and takes no other array for that', async () => {
    const compiled = await compileScale(await createEngine(name))
    const x = Float32Array.of(1, 2)
    const y = new Float32Array(2)
    const outputs = await compiled.run({ x }, { y })
    expect(y).toEqual(Float32Array.of(3, 8))
    expect(outputs['total']).toEqual(Float32Array.of(3))
    await expect(compiled.run({ x }, { y: new Float32Array(3) })).rejects.toThrow(/output y: got 3 values/)
    await expect(compiled.run({ x }, { y: x })).rejects.toThrow(/output y: got an array that is a feed too/)
    await compiled.dispose()
  })

  it('leaves the backend and the number of tensors as they were', async () => {
    const engine = await createEngine(name)
    await createEngine('tfjs-cpu')
    await tf.setBackend('cpu')
    const before = tf.memory().numTensors
    const compiled = await compileScale(engine)
    await compiled.run({ x: Float32Array.of(1, 2) })
    await compiled.dispose()
    expect(tf.memory().numTensors).toBe(before)
    expect(tf.getBackend()).toBe('cpu')
  })

  it('restores the backend when the function throws', async () => {
    const engine = await createEngine(name)
    await createEngine('tfjs-cpu')
    await tf.setBackend('cpu')
    const failing = () => {
      throw new Error('mine')
    }
    await expect((async () => engine.compile(failing, { x: [1] }))()).rejects.toThrow('mine')
    expect(tf.getBackend()).toBe('cpu')
  })
})

describe('the CPU engine', () => {
  afterEach(() => vi.restoreAllMocks())

  it('prints nothing', async () => {
    const warn = vi.spyOn(console, 'warn')
    const compiled = await compileScale(await createEngine('tfjs-cpu'))
    await compiled.run({ x: Float32Array.of(1, 2) })
    expect(warn).not.toHaveBeenCalled()
  })
})

describe('jit', () => {
  it('compiles again what failed', async () => {
    let broken = true
    const run = jit(
      ({ x }) => {
        if (broken) throw new Error('mine')
        return { y: tf.neg(x!) }
      },
      await createEngine('onnx'),
    )
    const feeds = { x: { shape: [1], data: Float32Array.of(2) } }
    await expect(run(feeds)).rejects.toThrow('mine')
    broken = false
    expect((await run(feeds))['y']!.data).toEqual(Float32Array.of(-2))
  })
})
