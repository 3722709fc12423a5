import type * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Engine, NamedTensors } from '../../../../src/engine/index.js'
import type { HostTensor } from '../../../../src/flow/parameters.js'
import type { WaveglowConfig } from '../../../../src/models/config/model-config.js'
import {
  type ImportOptions,
  openWaveglowCheckpoint,
  readWeights,
} from '../../../../src/models/waveglow/import/import.js'
import { flowScopes, waveglowModel } from '../../../../src/models/waveglow/model.js'
import { createModelEngine } from '../../../test-engine.js'
import { expectedValues, withCheckpoint } from './fixtures.js'

let engine: Engine
beforeAll(async () => {
  engine = await createModelEngine()
})

interface Imported {
  config: WaveglowConfig
  weights: Record<string, HostTensor>
  format: string
  path: string
}

async function imported(name: string, options: ImportOptions = {}): Promise<Imported> {
  return withCheckpoint(name, async (path) => {
    const { config, weights, close, ...rest } = await openWaveglowCheckpoint(path, options)
    const read = await readWeights(weights)
    await close()
    return { config, weights: read, format: rest.format, path: rest.path }
  })
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

/** Both directions over the whole signal, on the ONNX engine. */
async function run(
  { config, weights }: Imported,
  values: Record<'mel' | 'noise' | 'audio', Float32Array>,
): Promise<Record<'audio' | 'z' | 'logDet', Float32Array>> {
  const model = waveglowModel(config)
  const frames = values.mel.length / 80
  const groups = frames * model.groupsPerFrame
  const compiled = await engine.compile(
    (inputs: NamedTensors) => {
      const bound = model.bind(inputs)
      const context = bound.context(inputs['mel'] as tf.Tensor3D)
      const { z, logDet } = bound.flow.forward(inputs['audio'] as tf.Tensor3D, { context })
      return { z, logDet, audio: bound.flow.inverse(inputs['noise'] as tf.Tensor3D, { context }) }
    },
    { mel: [1, frames, 80], noise: [1, groups, config.groupSize], audio: [1, groups, config.groupSize] },
    { constants: weights },
  )
  const outputs = await compiled.run(values)
  await compiled.dispose()
  return outputs as Record<'audio' | 'z' | 'logDet', Float32Array>
}

/** [80, frames] → [frames, 80]. */
function framesFirst(mel: Float32Array): Float32Array {
  const frames = mel.length / 80
  return Float32Array.from({ length: mel.length }, (_, i) => mel[(i % 80) * frames + Math.floor(i / 80)]!)
}

describe.each([
  ['random-state-dict', 'random-state-dict', 'zip', 'model'],
  ['random-parametrized', 'random-state-dict', 'zip', 'waveglow'],
  ['trained-module-legacy', 'trained-module-legacy', 'legacy', 'model'],
  ['folded-half', 'folded-half', 'zip', ''],
  ['hub', 'hub', 'legacy', 'state_dict.module'],
  ['squeezewave-module', 'squeezewave-module', 'zip', 'model'],
  ['squeezewave-folded-legacy', 'squeezewave-folded-legacy', 'legacy', ''],
])('the checkpoint %s', (name, reference, format, path) => {
  let model: Imported
  let value: Awaited<ReturnType<typeof expectedValues>>
  let outputs: Record<'audio' | 'z' | 'logDet', Float32Array>
  beforeAll(async () => {
    model = await imported(name)
    value = await expectedValues(reference)
    const mel = framesFirst(value('mel').data)
    outputs = await run(model, { mel, noise: value('noise').data, audio: value('speech').data })
  })

  it('is found where it lies', () => {
    expect(model.format).toBe(format)
    expect(model.path).toBe(path)
  })

  it("gives the reference's audio from the same mel and noise", () => {
    const audio = value('audio').data
    // The bound that was asked for; float32 sums in another order give about 1e-5 of a peak of 4.
    expect(difference(outputs.audio, audio)).toBeLessThan(1e-4)
    expect(audio.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)).toBeGreaterThan(0.5)
  })

  it("gives the reference's noise and log-likelihood terms", () => {
    const z = value('z').data
    const most = z.reduce((peak, x) => Math.max(peak, Math.abs(x)), 1)
    expect(difference(outputs.z, z)).toBeLessThan(1e-4 * most)
    const groups = z.length / model.config.groupSize
    const logDet = value('log_det').data
    logDet.forEach((term, flow) => {
      const { conv1x1 } = flowScopes(flow)
      const ours = groups * model.weights[`${conv1x1}.logAbsDet`]!.data[0]!
      // The reference's determinant is float32: 1e-6 of a matrix of up to 256 rows, a group.
      expect(Math.abs(ours - term), `flow ${flow}`).toBeLessThan(3e-6 * groups * model.config.groupSize)
    })
    const total = [...value('log_s').data, ...logDet].reduce((sum, term) => sum + term, 0)
    // Sums of thousands of float32 terms.
    expect(Math.abs(outputs.logDet[0]! - total)).toBeLessThan(3e-6 * z.length + 1e-5 * Math.abs(total))
  })
})

describe('models of glow_old.py, whose couplings change sides', () => {
  async function audioError(model: Imported): Promise<number> {
    const value = await expectedValues('old-module')
    const audio = value('audio').data
    const mel = framesFirst(value('mel').data)
    const outputs = await run(model, { mel, noise: value('noise').data, audio })
    return difference(outputs.audio, audio)
  }

  it('are told by the class of a pickled module', async () => {
    const model = await imported('old-module')
    expect(model.config.couplings).toBe('alternate')
    // As above.
    expect(await audioError(model)).toBeLessThan(1e-4)
  })

  it('are not guessed from a state dict, whose names and shapes are those of glow.py of its time', async () => {
    await expect(imported('old-state-dict')).rejects.toThrow(/couplings of a state dict with cond_layers/)
    expect(await audioError(await imported('old-state-dict', { couplings: 'alternate' }))).toBeLessThan(1e-4)
    expect(await audioError(await imported('old-state-dict', { couplings: 'second' }))).toBeGreaterThan(0.01)
  })
})

describe('what is inferred', () => {
  it('is the configuration of a WaveGlow', async () => {
    const { config } = await imported('trained-module-legacy')
    expect(config).toEqual({
      family: 'waveglow',
      mel: 'nvidia-22k',
      groupSize: 16,
      flows: 3,
      earlyEvery: 2,
      earlySize: 4,
      upsample: { kernelSize: 1024, stride: 256 },
      wavenet: { channels: 4, layers: 2, kernelSize: 5, dilationBase: 2, causal: false },
      temperature: 0.6,
    })
  })

  it('is the configuration of a SqueezeWave', async () => {
    const { config } = await imported('squeezewave-module')
    expect(config).toEqual({
      family: 'waveglow',
      mel: 'nvidia-22k',
      groupSize: 128,
      flows: 3,
      earlyEvery: 2,
      earlySize: 16,
      wavenet: { channels: 10, layers: 2, kernelSize: 3, dilationBase: 1, causal: false, separable: true },
      temperature: 1,
    })
  })

  it('can be overruled where weights do not tell', async () => {
    await withCheckpoint('folded-half', async (path) => {
      const { config, close } = await openWaveglowCheckpoint(path, { temperature: 0.8, dilationBase: 3 })
      expect(config.temperature).toBe(0.8)
      expect(config.wavenet.dilationBase).toBe(3)
      await close()
    })
  })
})
