import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildFlow } from '../../../src/models/config/build-flow.js'
import type { FlowConfig } from '../../../src/models/config/layer-config.js'
import { latentBins } from '../../../src/models/glowcast/latent-order.js'
import { boundWith } from '../../contracts/bijector-contract.js'
import { useEagerBackend } from '../../test-engine.js'
import { tinyConfig } from '../../tiny-model.js'

const groupSize = 8
const swap = { type: 'invertible-conv1x1', form: 'permutation', permutation: 'swap-halves' } as const
const sort = { ...swap, permutation: 'even-odd' } as const

beforeAll(useEagerBackend)

describe('latentBins', () => {
  it.each<[string, FlowConfig]>([
    ['permutations', [sort, swap]],
    ['repeated permutations', [sort, { type: 'repeat', times: 3, layers: [swap] }]],
    ['repeated pairs', [{ type: 'repeat', times: 2, layers: [sort, swap] }, sort]],
    ['an early output', [sort, { type: 'early-output', channels: 2 }, swap]],
  ])('says where %s carry each bin', (_, flow) => {
    // A flow of permutations alone moves the number of a bin to the channel that stands for it.
    const layer = buildFlow(flow, { channels: groupSize, contextChannels: 1, excitationChannels: 0 })
    const numbers = tf.tensor3d(
      Array.from({ length: groupSize }, (_, bin) => bin),
      [1, 1, groupSize],
    )
    const { z } = boundWith(layer, 0).forward(numbers)
    expect(latentBins({ ...tinyConfig, groupSize, flow })).toEqual([...z.dataSync()])
  })
})
