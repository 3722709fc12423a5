import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { actnorm } from '../../src/flow/bijectors/actnorm.js'
import { affineCoupling } from '../../src/flow/bijectors/affine-coupling.js'
import { chain } from '../../src/flow/bijectors/chain.js'
import { earlyOutput } from '../../src/flow/bijectors/early-output.js'
import { harmonicLayer } from '../../src/flow/bijectors/harmonic-layer.js'
import { planar } from '../../src/flow/bijectors/planar.js'
import { CarryShapes, ChunkCarry, type Edges } from '../../src/flow/carry.js'
import { withExcitation } from '../../src/flow/networks/conditioner.js'
import { separableWavenet, wavenet } from '../../src/flow/networks/wavenet.js'
import { aligned } from '../../src/flow/streaming.js'
import { boundWith, maxDifference, randomTensor } from '../contracts/bijector-contract.js'
import { useEagerBackend } from '../test-engine.js'

beforeAll(async () => {
  await useEagerBackend()
})

const kernels = { channels: 6, layers: 3, kernelSize: 3, dilationBase: 2, causal: false, contextChannels: 3 }
/** Every kind of layer behind others that look ahead, so that all of it has to be brought to one time. */
const flow = chain([
  harmonicLayer({ channels: 8, contextChannels: 3, excitation: true }),
  affineCoupling(8, withExcitation(16, wavenet(kernels))),
  actnorm(8),
  earlyOutput(2, affineCoupling(6, separableWavenet({ ...kernels, layers: 2 }), { changes: 'first' })),
  earlyOutput(2, planar(6)),
  earlyOutput(4, affineCoupling(4, wavenet({ ...kernels, channels: 2, causal: true }))),
])
const time = 61

type Slices = Record<'x' | 'context' | 'excitation', tf.Tensor3D>

const apply = {
  forward(
    bijector: ReturnType<typeof boundWith>,
    { x, ...condition }: Slices,
    carry?: ChunkCarry | CarryShapes,
  ) {
    const { z, logDetByStep } = bijector.forward(x, condition, carry)
    return tf.concat([z, tf.expandDims<tf.Tensor3D>(logDetByStep, 2)], 2)
  },
  inverse: (
    bijector: ReturnType<typeof boundWith>,
    { x, ...condition }: Slices,
    carry?: ChunkCarry | CarryShapes,
  ): tf.Tensor3D => bijector.inverse(x, condition, carry),
}

describe.each(['forward', 'inverse'] as const)('a flow that looks ahead, %s', (direction) => {
  it.each([[[61]], [[20, 20, 21]], [[25, 1, 1, 33, 1]]])('in chunks of %j gives the whole run', (sizes) => {
    tf.tidy(() => {
      const bijector = boundWith(flow, 0.3)
      const all: Slices = {
        x: randomTensor([1, time, 8], 1) as tf.Tensor3D,
        context: randomTensor([1, time, 3], 2) as tf.Tensor3D,
        excitation: randomTensor([1, time, 16], 3) as tf.Tensor3D,
      }
      const shapes = new CarryShapes()
      const whole = apply[direction](bijector, all, shapes)
      let state: Record<string, tf.Tensor> = Object.fromEntries(
        Object.entries(shapes.shapesBefore({ first: 1 })).map(([name, shape]) => [
          name,
          tf.zeros([...shape]),
        ]),
      )
      let start = 0
      const parts = sizes.map((size, i) => {
        const edges: Edges = { first: i === 0 ? 1 : 0, last: i === sizes.length - 1 ? 1 : 0 }
        const carry = new ChunkCarry(state, edges)
        const chunk = Object.fromEntries(
          Object.entries(all).map(([name, x]) => [name, tf.slice(x, [0, start, 0], [1, size, x.shape[2]])]),
        ) as Slices
        const part = apply[direction](bijector, chunk, carry)
        state = carry.next
        start += size
        return part
      })
      expect(bijector.delay).toBe(7 + 3)
      expect(parts[0]!.shape[1]).toBe(sizes[0]! - (sizes.length === 1 ? 0 : 10))
      // The same products, summed in the same order: only the size of the matrix products differs.
      expect(maxDifference(tf.concat(parts, 1), whole)).toBeLessThan(1e-5)
    })
  })
})

describe('aligned', () => {
  it('carries only what is read, and that once', () => {
    tf.tidy(() => {
      const carry = new CarryShapes()
      const x = randomTensor([1, 5, 2], 1) as tf.Tensor3D
      const late = aligned(carry, 3, { read: x, unread: x })
      expect(carry.shapes).toEqual({})
      expect(late.read).toBe(late.read)
      expect(carry.shapes).toEqual({ 'late.read': [1, 3, 2] })
    })
  })

  it('leaves alone what is not late', () => {
    const streams = { any: 1 }
    expect(aligned(new CarryShapes(), 0, streams)).toBe(streams)
  })
})
