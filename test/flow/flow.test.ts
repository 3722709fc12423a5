import '../../src/engine/runtime/gradients.js'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { mdct } from '../../src/audio/spectral/mdct.js'
import { actnorm, actnormWeightsFrom } from '../../src/flow/bijectors/actnorm.js'
import { affineCoupling } from '../../src/flow/bijectors/affine-coupling.js'
import { chain } from '../../src/flow/bijectors/chain.js'
import {
  denseConv1x1,
  denseConv1x1Weights,
  permutationConv1x1,
} from '../../src/flow/bijectors/invertible-conv1x1.js'
import { mdctSqueeze } from '../../src/flow/bijectors/mdct-squeeze.js'
import { permutationByName, permutationMatrix } from '../../src/flow/bijectors/permutation.js'
import { planar } from '../../src/flow/bijectors/planar.js'
import { CarryShapes, ChunkCarry } from '../../src/flow/carry.js'
import { wavenet } from '../../src/flow/networks/wavenet.js'
import { initializeParameters } from '../../src/flow/parameters.js'
import { priorLogProbability } from '../../src/flow/prior.js'
import { fillNormal } from '../../src/numeric/random.js'
import { samplePrior } from '../../src/synthesis/sample-prior.js'
import { largestError } from '../audio/chunks.js'
import { boundWith, maxDifference, randomTensor } from '../contracts/bijector-contract.js'
import { useEagerBackend } from '../test-engine.js'

beforeAll(async () => {
  await useEagerBackend()
})

const kernels = { channels: 6, layers: 3, kernelSize: 3, dilationBase: 2, causal: true }
const conditioner = wavenet({ ...kernels, contextChannels: 3 })
const causalFlow = chain([
  affineCoupling(4, conditioner),
  permutationConv1x1(permutationByName('swap-halves', 4)),
  affineCoupling(4, conditioner),
])

describe('a causal flow in chunks', () => {
  for (const direction of ['forward', 'inverse'] as const) {
    it(`gives the whole ${direction} run for any chunking`, () => {
      tf.tidy(() => {
        const time = 23
        const bijector = boundWith(causalFlow, 0.3)
        const input = randomTensor([2, time, 4], 1) as tf.Tensor3D
        const context = randomTensor([2, time, 3], 2) as tf.Tensor3D
        const apply = (x: tf.Tensor3D, c: tf.Tensor3D, carry?: ChunkCarry | CarryShapes) =>
          direction === 'forward'
            ? bijector.forward(x, { context: c }, carry).z
            : bijector.inverse(x, { context: c }, carry)
        const whole = apply(input, context)
        const shapes = new CarryShapes()
        apply(input, context, shapes)
        expect(Object.keys(shapes.shapes)).toHaveLength(6)
        for (const sizes of [[23], [1, 1, 1, 20], [7, 9, 7], [2, 3, 5, 13]]) {
          let state = Object.fromEntries(
            Object.entries(shapes.shapes).map(([name, shape]) => [name, tf.zeros([...shape]) as tf.Tensor]),
          )
          let start = 0
          const parts = sizes.map((size) => {
            const carry = new ChunkCarry(state)
            const part = apply(
              tf.slice(input, [0, start, 0], [2, size, 4]),
              tf.slice(context, [0, start, 0], [2, size, 3]),
              carry,
            )
            state = carry.next
            start += size
            return part
          })
          // The same products, summed in the same order: only the size of the matrix products differs.
          expect(maxDifference(tf.concat(parts, 1), whole)).toBeLessThan(1e-5)
        }
      })
    })
  }

  it('does not look ahead', () => {
    tf.tidy(() => {
      const bijector = boundWith(causalFlow, 0.3)
      const context = randomTensor([1, 9, 3], 2) as tf.Tensor3D
      const x = randomTensor([1, 9, 4], 1) as tf.Tensor3D
      const changed = tf.concat(
        [tf.slice(x, [0, 0, 0], [1, 6, 4]), randomTensor([1, 3, 4], 5)],
        1,
      ) as tf.Tensor3D
      const head = (input: tf.Tensor3D) =>
        tf.slice(bijector.forward(input, { context }).z, [0, 0, 0], [1, 6, 4])
      expect(maxDifference(head(x), head(changed))).toBe(0)
    })
  })
})

describe('mdctSqueeze', () => {
  it('equals the FFT transform of the audio front end', () => {
    tf.tidy(() => {
      const x = randomTensor([1, 64, 1], 1) as tf.Tensor3D
      const { z } = mdctSqueeze(8).bind({}).forward(x, { context: x })
      const expected = mdct(Float32Array.from(x.dataSync()), 8)
      // Both are float32 results of orthonormal transforms of values about 1.
      expect(maxDifference(z, tf.tensor3d(expected.data, [1, 8, 8]))).toBeLessThan(1e-5)
    })
  })
})

describe('denseConv1x1', () => {
  it('inverts any matrix and knows its determinant', () => {
    tf.tidy(() => {
      const matrix = Float32Array.of(2, 1, 0, 0.5, -1, 3, 1, 1, 1)
      const weights = Object.entries(denseConv1x1Weights(matrix, 3)).map(([name, { shape, data }]) => [
        name,
        tf.tensor(data, [...shape]),
      ])
      const bijector = denseConv1x1(3).bind(Object.fromEntries(weights))
      const x = randomTensor([1, 4, 3], 1) as tf.Tensor3D
      const condition = { context: x }
      const { z, logDet } = bijector.forward(x, condition)
      // |det| = |2(-1 - 3) - 1(0.5 - 3)| = 5.5, for each of four steps.
      expect(logDet.dataSync()[0]).toBeCloseTo(4 * Math.log(5.5), 4)
      expect(maxDifference(bijector.inverse(z, condition), x)).toBeLessThan(1e-5)
    })
  })

  it('refuses a singular matrix', () => {
    expect(() => denseConv1x1Weights(Float32Array.of(1, 2, 2, 4), 2)).toThrow(/singular/)
  })
})

describe('permutations', () => {
  it('separate even from odd channels', () => {
    expect(permutationByName('even-odd', 6)).toEqual([0, 3, 1, 4, 2, 5])
    const rows = permutationMatrix(permutationByName('even-odd', 6))
    expect(rows.reduce((sum, value) => sum + value, 0)).toBe(6)
  })
})

describe('actnorm', () => {
  it('normalises the batch that it starts from', () => {
    tf.tidy(() => {
      const x = tf.add(
        tf.mul(randomTensor([1, 200, 2], 1), tf.tensor1d([3, 0.2])),
        tf.tensor1d([5, -1]),
      ) as tf.Tensor3D
      const weights = actnormWeightsFrom(Float32Array.from(x.dataSync()), 2)
      const bound = actnorm(2).bind(
        Object.fromEntries(
          Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
        ),
      )
      const { mean, variance } = tf.moments(bound.forward(x, { context: x }).z, [0, 1])
      for (const value of mean.dataSync()) expect(value).toBeCloseTo(0, 4)
      for (const value of variance.dataSync()) expect(value).toBeCloseTo(1, 3)
    })
  })
})

describe('planar', () => {
  it('has the gradient of its inverse, which spectral terms of samples are trained by', () => {
    tf.tidy(() => {
      const z = randomTensor([1, 5, 3], 1) as tf.Tensor3D
      const [w, u, b] = [randomTensor([3], 2), randomTensor([3], 3), randomTensor([1], 4)]
      const loss = (...[w, u, b]: tf.Tensor[]) =>
        tf.sum(tf.square(planar(3).bind({ w: w!, u: u!, b: b! }).inverse(z))) as tf.Scalar
      const gradients = tf.grads(loss)([w, u, b])
      gradients.forEach((gradient, i) => {
        Array.from(gradient.dataSync()).forEach((slope, k) => {
          const at = (step: number) => {
            const moved = [w, u, b].map((tensor, j) => {
              const values = Float32Array.from(tensor.dataSync())
              if (j === i) values[k]! += step
              return tf.tensor(values, tensor.shape)
            })
            return loss(...moved).dataSync()[0]!
          }
          // Central differences of float32 sums of about 20.
          expect(Math.abs((at(1e-2) - at(-1e-2)) / 2e-2 - slope)).toBeLessThan(
            5e-3 * Math.max(1, Math.abs(slope)),
          )
        })
      })
    })
  })
})

describe('prior', () => {
  it('is the density of the standard normal', () => {
    const at = (value: number) =>
      tf.tidy(() => priorLogProbability(tf.tensor3d([value], [1, 1, 1])).dataSync()[0]!)
    expect(at(0)).toBeCloseTo(-0.918938533, 6)
    expect(at(2)).toBeCloseTo(-2.918938533, 6)
  })

  it('gives the same noise for any chunking, and standard moments', () => {
    const whole = samplePrior(4, 0, 1000, 8, 1)
    const parts = [samplePrior(4, 0, 3, 8, 1), samplePrior(4, 3, 7, 8, 1), samplePrior(4, 10, 990, 8, 1)]
    expect(parts.flatMap((part) => [...part])).toEqual([...whole])
    const mean = whole.reduce((sum, value) => sum + value, 0) / whole.length
    const power = whole.reduce((sum, value) => sum + value * value, 0) / whole.length
    // Three standard errors of 8,000 draws.
    expect(Math.abs(mean)).toBeLessThan(3 / Math.sqrt(8000))
    expect(Math.abs(power - 1)).toBeLessThan(3 * Math.sqrt(2 / 8000))
    expect(samplePrior(5, 0, 1, 8, 1)).not.toEqual(whole.subarray(0, 8))
  })

  it('is that of the plain generator, whatever the parity and beyond 2^32', () => {
    for (const [group, channels] of [
      [0, 4000],
      [7, 3],
      [2 ** 32 / 8 - 2, 8],
      [2 ** 40, 5],
    ] as const) {
      const plain = new Float32Array(6 * channels)
      fillNormal(plain, 9, 0, group * channels)
      // Single precision; near zero and one the logarithm's argument is rounded.
      expect(largestError(samplePrior(9, group, 6, channels, 1), plain)).toBeLessThan(1e-4)
    }
  })

  it('scales with the temperature', () => {
    expect(samplePrior(4, 0, 1, 4, 0.5)[0]).toBeCloseTo(0.5 * samplePrior(4, 0, 1, 4, 1)[0]!, 6)
  })
})

describe('a tiny trained density', () => {
  it('integrates to one', () => {
    const pointwise = wavenet({ channels: 8, layers: 1, kernelSize: 1, dilationBase: 2, causal: true })
    const layer = chain([
      affineCoupling(2, pointwise),
      permutationConv1x1([1, 0]),
      affineCoupling(2, pointwise),
      actnorm(2),
    ])
    const initial = initializeParameters(layer.parameters, 1)
    const variables = Object.fromEntries(
      Object.entries(initial).map(([name, { shape, data }]) => [
        name,
        tf.variable(tf.tensor(data, [...shape])),
      ]),
    )
    const logProbability = (x: tf.Tensor3D) => {
      const { z, logDet } = layer.bind(variables).forward(x)
      return tf.add(priorLogProbability(z), logDet) as tf.Tensor1D
    }
    // A bent cloud: the second coordinate follows the square of the first.
    const noise = samplePrior(1, 0, 128, 2, 1)
    const points = Float32Array.from(noise, (value, i) =>
      i % 2 === 0 ? value : 0.4 * value + 0.5 * noise[i - 1]! ** 2 - 0.5,
    )
    const data = tf.tensor3d(points, [128, 1, 2])
    const optimizer = tf.train.adam(0.05)
    const loss = () => tf.neg(tf.mean(logProbability(data))) as tf.Scalar
    const before = tf.tidy(() => loss().dataSync()[0]!)
    for (let step = 0; step < 50; step++) optimizer.minimize(loss)
    const after = tf.tidy(() => loss().dataSync()[0]!)
    expect(after).toBeLessThan(before - 0.3)

    const side = 101
    const reach = 10
    const grid = new Float32Array(side * side * 2)
    for (let i = 0; i < side * side; i++) {
      grid[2 * i] = ((i % side) / (side - 1) - 0.5) * 2 * reach
      grid[2 * i + 1] = (Math.floor(i / side) / (side - 1) - 0.5) * 2 * reach
    }
    const mass = tf.tidy(() => {
      const density = tf.exp(logProbability(tf.tensor3d(grid, [side * side, 1, 2])))
      return tf.sum(density).dataSync()[0]! * ((2 * reach) / (side - 1)) ** 2
    })
    // A grid step of 0.2 against features of width about 0.4, cut at ± 10: well below one per cent. A
    // missing Gaussian constant would give 6.3.
    expect(Math.abs(mass - 1)).toBeLessThan(0.01)
    tf.disposeVariables()
    data.dispose()
  })
})
