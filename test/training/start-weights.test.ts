import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { initializeParameters } from '../../src/flow/parameters.js'
import { type GlowcastConfig, parseModelConfig } from '../../src/models/config/model-config.js'
import { saveModelFolder } from '../../src/models/files/model-folder.js'
import { glowcastModel } from '../../src/models/glowcast/model.js'
import { startWeights } from '../../src/training/start-weights.js'
import { tinyConfig, tinyWeights } from '../tiny-model.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-'))
  await saveModelFolder(join(folder, 'model'), {
    config: tinyConfig,
    weights: tinyWeights(),
    card: '# tiny',
    dtype: 'F32',
  })
  await saveModelFolder(join(folder, 'other'), {
    config: {},
    weights: { other: { shape: [1], data: Float32Array.of(1) } },
    card: '# other',
  })
})

afterAll(() => rm(folder, { recursive: true }))

describe('startWeights', () => {
  it('takes all weights of the same model', async () => {
    const { weights, fresh } = await startWeights([join(folder, 'model')], glowcastModel(tinyConfig), 1)
    expect(fresh).toEqual([])
    expect(weights).toEqual(tinyWeights())
  })

  it('makes anew what has another shape, and says so', async () => {
    const changed = parseModelConfig({
      ...tinyConfig,
      pitch: { channels: 9, kernelSizes: [5, 3] },
    }) as GlowcastConfig
    const { weights, fresh } = await startWeights([join(folder, 'model')], glowcastModel(changed), 1)
    expect(fresh).toContain('pitch.conv0.weight')
    expect(fresh.every((name) => name.startsWith('pitch.'))).toBe(true)
    expect(weights['pitch.conv0.weight']!.shape).toEqual([400, 9])
    expect(weights['context.conv0.weight']).toEqual(tinyWeights()['context.conv0.weight'])
  })

  it('takes from a second model what the first has not', async () => {
    const changed = parseModelConfig({
      ...tinyConfig,
      pitch: { channels: 9, kernelSizes: [5, 3] },
    }) as GlowcastConfig
    const another = initializeParameters(glowcastModel(changed).parameters, 77)
    const second = join(folder, 'second')
    await saveModelFolder(second, { config: changed, weights: another, card: '# second', dtype: 'F32' })
    const { weights, fresh } = await startWeights([join(folder, 'model'), second], glowcastModel(changed), 1)
    expect(fresh).toEqual([])
    expect(weights['pitch.conv0.weight']).toEqual(another['pitch.conv0.weight'])
    expect(weights['context.conv0.weight']).toEqual(tinyWeights()['context.conv0.weight'])
  })

  it('refuses a model that has nothing in common', async () => {
    await expect(startWeights([join(folder, 'other')], glowcastModel(tinyConfig), 1)).rejects.toThrow(
      /no weight that is wanted/,
    )
  })
})
