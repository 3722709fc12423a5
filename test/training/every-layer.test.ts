import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type HostTensor, sizeOf } from '../../src/flow/parameters.js'
import { glowcastModel } from '../../src/models/glowcast/model.js'
import { weightKey } from '../../src/models/weight-inputs.js'
import { fillNormal } from '../../src/numeric/random.js'
import { packageFolder } from '../../src/package-root.js'
import { parseTrainingConfig } from '../../src/training/config.js'
import { batchShapes } from '../../src/training/data/batches.js'
import { compileTrainStep, gradientKey, trainedNames } from '../../src/training/train-step.js'
import { createModelEngine } from '../test-engine.js'

function noise(shape: readonly number[], stream: number): HostTensor {
  const data = new Float32Array(sizeOf(shape))
  fillNormal(data, 1, stream, 0)
  return { shape, data: data.map((value) => 0.1 * value) }
}

describe('configs/every-layer.json', () => {
  it('trains every kind of layer, by the likelihood and by samples', async () => {
    const path = join(packageFolder(), 'configs', 'every-layer.json')
    const config = parseTrainingConfig(JSON.parse(await readFile(path, 'utf8')), path)
    if (config.model.family !== 'glowcast') throw new Error('family')
    const model = glowcastModel(config.model)
    const phase = config.phases[0]!
    const weights = Object.entries(model.parameters).map(([name, { shape, trainable, initializer }], i) => [
      weightKey(name),
      trainable ? noise(shape, i).data : initializer(shape, undefined as never),
    ])
    const batch = Object.entries(batchShapes(model, config)).map(([name, shape], i) => [
      name,
      noise(shape, 500 + i).data,
    ])
    const step = await compileTrainStep(await createModelEngine(), model, config, phase)
    const outputs = await step.run(Object.fromEntries([...weights, ...batch]))
    await step.dispose()
    expect([...outputs['figures']!].every(Number.isFinite)).toBe(true)
    for (const name of trainedNames(model.parameters, phase)) {
      const gradient = outputs[gradientKey(name)]!
      expect(gradient.every(Number.isFinite), name).toBe(true)
      expect(
        gradient.some((value) => value !== 0),
        name,
      ).toBe(true)
    }
  })
})
