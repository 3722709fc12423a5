import { existsSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEngine, describePlacement, type Placement } from '../../../src/engine/index.js'
import { placementIn } from '../../../src/engine/runtime/onnx-device.js'

describe('devices', () => {
  it('are refused by name when this build or this machine does not have them', async () => {
    // No package for Node holds both.
    const missing = process.platform === 'darwin' ? 'dml' : 'coreml'
    await expect(createEngine('onnx', { device: missing })).rejects.toThrow(
      new RegExp(`device ${missing}: got a build of onnxruntime-node for .*cpu`),
    )
    await expect(createEngine('tfjs-cpu', { device: 'webgpu' })).rejects.toThrow(
      /device: got webgpu with engine tfjs-cpu, expected engine onnx/,
    )
  })

  it('tell which operations they do not have', () => {
    const event = (name: string, provider: string, op: string) => ({
      cat: 'Node',
      name: `${name}_kernel_time`,
      args: { provider, op_name: op },
    })
    const profile = JSON.stringify([
      { cat: 'Session', name: 'model_run' },
      { cat: 'Node', name: 'a_fence_before', args: { provider: 'CPUExecutionProvider' } },
      event('a', 'CUDAExecutionProvider', 'Gemm'),
      event('b', 'CUDAExecutionProvider', 'Add'),
      event('c', 'CPUExecutionProvider', 'Cast'),
      event('d', 'CPUExecutionProvider', 'Cast'),
    ])
    const placement = placementIn(profile)
    expect(placement).toEqual({ onDevice: 2, onCpu: { Cast: 2 } })
    expect(describePlacement({ graph: 'flow', device: 'cuda', ...placement })).toBe(
      'flow: 2 of 4 operations on cuda, on the CPU: 2 Cast',
    )
  })
})

/** Chromium's Vulkan in software: a machine without a GPU can then run the real WebGPU provider. */
const softwareVulkan = '/usr/lib/chromium/vk_swiftshader_icd.json'

describe.skipIf(!existsSync(softwareVulkan))('webgpu, in software (needs the chromium package)', () => {
  const before = process.env['VK_ICD_FILENAMES']
  beforeAll(() => {
    process.env['VK_ICD_FILENAMES'] = softwareVulkan
  })
  afterAll(() => {
    if (before === undefined) delete process.env['VK_ICD_FILENAMES']
    else process.env['VK_ICD_FILENAMES'] = before
  })

  it('gives the values of the CPU, and says that the whole graph is on it', async () => {
    const placements: Placement[] = []
    const gpu = await createEngine('onnx', { device: 'webgpu', placed: (one) => placements.push(one) })
    expect(gpu.description).toMatch(/on webgpu$/)
    const x = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i))
    const results: Float32Array[] = []
    for (const engine of [gpu, await createEngine('onnx', { threads: 1 })]) {
      const compiled = await engine.compile(
        (inputs) => ({
          y: tf.tanh(tf.matMul(inputs['x'] as tf.Tensor2D, tf.mul(tf.eye(6), 2) as tf.Tensor2D)),
        }),
        { x: [4, 6] },
        { name: 'small' },
      )
      results.push((await compiled.run({ x }))['y']!)
      await compiled.dispose()
    }
    expect(placements).toMatchObject([{ graph: 'small', device: 'webgpu', onCpu: {} }])
    results[0]!.forEach((value, i) => {
      // Float32 on both sides.
      expect(value).toBeCloseTo(results[1]![i]!, 5)
    })
  })

  it('says that this device has no 16-bit floats', async () => {
    await expect(createEngine('onnx', { device: 'webgpu', precision: 'float16' })).rejects.toThrow(
      /device webgpu: got .*f16.*, expected a (driver|device)/,
    )
  })
})
