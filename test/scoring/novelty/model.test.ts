import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type HostTensor, initializeParameters } from '../../../src/flow/parameters.js'
import { saveModelFolder } from '../../../src/models/files/model-folder.js'
import type { ContentConfig } from '../../../src/scoring/novelty/config.js'
import { contentFlow } from '../../../src/scoring/novelty/flow.js'
import { loadContentModel } from '../../../src/scoring/novelty/model.js'

const bands = 80
const flow = { couplings: 1, channels: 2, layers: 2 }
const config: ContentConfig = {
  family: 'content',
  mel: 'nvidia-22k',
  patchFrames: 4,
  level: 'kept',
  ditherNats: 0.6,
  flow,
  background: false,
  profiles: { normal: 1 },
  reference: {
    profile: { mean: new Array(3 * bands).fill(0), deviation: new Array(3 * bands).fill(1) },
    families: {},
  },
  training: { recordings: 1, seconds: 1, files: ['a'] },
}

describe('a model of an earlier revision', () => {
  it('has what its constant context gave in the biases', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'glowcast-novelty-'))
    try {
      const initial = initializeParameters(contentFlow(config).parameters, 1)
      const weights: Record<string, HostTensor> = Object.fromEntries(
        Object.entries(initial).map(([name, tensor]) => [`normal.${name}`, tensor]),
      )
      const coupling = 'normal.2'
      weights[`${coupling}.layer0.bias`] = { shape: [4], data: Float32Array.of(1, 2, 3, 4) }
      weights[`${coupling}.layer1.bias`] = { shape: [4], data: Float32Array.of(5, 6, 7, 8) }
      weights[`${coupling}.context.weight`] = {
        shape: [1, 8],
        data: Float32Array.of(0.5, 0, 0, 0, 0, 0, 0.25, -1),
      }
      weights['profiles.normal'] = { shape: [1, 3 * bands], data: new Float32Array(3 * bands) }
      const dir = join(folder, 'model')
      await saveModelFolder(dir, { config, weights, card: '# Old\n', dtype: 'F32' })
      const { normal } = (await loadContentModel(dir)).flows
      expect(Object.keys(normal).sort()).toEqual(Object.keys(initial).sort())
      expect(normal['2.layer0.bias']!.data).toEqual(Float32Array.of(1.5, 2, 3, 4))
      expect(normal['2.layer1.bias']!.data).toEqual(Float32Array.of(5, 6, 7.25, 7))
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
