import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../../src/models/files/safetensors.js'
import { currentName } from '../../../src/models/files/weight-names.js'
import { loadModel } from '../../../src/models/load-model.js'
import { packageFolder } from '../../../src/package-root.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'
import { loadCheckpoint, saveCheckpoint } from '../../../src/training/checkpoint.js'
import { createModelEngine } from '../../test-engine.js'

const fixtures = join(packageFolder(), 'test', 'fixtures', 'models')

describe('the name of a weight', () => {
  it.each([
    ['flow.8.rest.8.rest.0.weight', 'flow.16.weight'],
    ['flow.8.rest.1.layer0.output.weight', 'flow.9.layer0.output.weight'],
    ['moment:flow.3.rest.2.rest.10.w', 'moment:flow.15.w'],
    ['flow.16.weight', 'flow.16.weight'],
    ['flow.10.layer2.bias', 'flow.10.layer2.bias'],
    ['context.conv0.weight', 'context.conv0.weight'],
  ])('%s is %s', (saved, expected) => expect(currentName(saved)).toBe(expected))
})

describe('a model folder of an earlier revision', () => {
  it('gives the samples that it gave', async () => {
    const { config, weights } = await loadModel(join(fixtures, 'nested-names'))
    expect(weights['flow.8.weight']!.shape).toEqual([4, 4])
    const { tensors } = readSafetensors(await readFile(join(fixtures, 'nested-names.expected.safetensors')))
    const mel = tensors.get('mel')!
    const expected = tensors.get('samples')!.data
    const vocoder = await Vocoder.create(await createModelEngine(), config, weights)
    const samples = await vocoder.synthesize({ data: mel.data, frames: 6, channels: 80 }, { seed: 3 })
    await vocoder.dispose()
    expect(samples).toHaveLength(expected.length)
    const peak = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    // The same float32 operations; another processor may sum products in another order.
    samples.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5 * peak)
    })
  })
})

describe('a checkpoint of an earlier revision', () => {
  it('goes on under the names of today', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'glowcast-checkpoint-'))
    try {
      const data = (value: number) => Float32Array.of(value, 2)
      const nested = 'flow.3.rest.1.w'
      await saveCheckpoint(
        folder,
        {
          step: 7,
          rateFactor: 1,
          logNorm: 0,
          tensors: { [`weight:${nested}`]: data(1), [`moment:${nested}`]: data(3) },
          average: { [nested]: data(4) },
        },
        { [`weight:${nested}`]: [2], [`moment:${nested}`]: [2] },
        'hash',
      )
      const shapes = { 'weight:flow.4.w': [2], 'moment:flow.4.w': [2] }
      const state = await loadCheckpoint(folder, shapes, 'hash')
      expect(state?.tensors).toEqual({ 'weight:flow.4.w': data(1), 'moment:flow.4.w': data(3) })
      expect(state?.average).toEqual({ 'flow.4.w': data(4) })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('weights whose two names are both there', () => {
  it('are refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'glowcast-checkpoint-'))
    try {
      const tensor = { shape: [1], data: Float32Array.of(1) }
      const metadata = { step: '1', rateFactor: '1', logNorm: '0', configHash: 'hash' }
      const tensors = { 'weight:flow.3.rest.1.w': tensor, 'weight:flow.4.w': tensor }
      await writeFile(
        join(folder, 'checkpoint.safetensors'),
        writeSafetensors(tensors, { dtype: 'F32', metadata }),
      )
      await expect(loadCheckpoint(folder, { 'weight:flow.4.w': [1] }, 'hash')).rejects.toThrow(
        /got a second weight .*flow\.4\.w/,
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
