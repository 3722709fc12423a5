import type * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Frames } from '../../../src/audio/buffers/frames.js'
import { createEngine, type Engine } from '../../../src/engine/index.js'
import { type HostTensor, initializeParameters } from '../../../src/flow/parameters.js'
import { invertMatrix } from '../../../src/numeric/matrix.js'
import { fillNormal, RandomStream } from '../../../src/numeric/random.js'
import { defaultContentShape } from '../../../src/scoring/novelty/config.js'
import { contentFlow } from '../../../src/scoring/novelty/flow.js'
import { ContentMeter } from '../../../src/scoring/novelty/meter.js'
import { contentPatches } from '../../../src/scoring/novelty/patches.js'
import { whiteningWeights } from '../../../src/scoring/novelty/training/start-weights.js'
import { trainContentFlow } from '../../../src/scoring/novelty/training/trainer.js'
import { largestError } from '../../audio/chunks.js'
import { noise } from '../signals.js'

const bands = 80
const shape = { ...defaultContentShape, flow: { couplings: 2, channels: 8, layers: 1 } }
const flow = contentFlow(shape)
let engine: Engine

beforeAll(async () => {
  engine = await createEngine('onnx', { threads: 1 })
})

/** Correlated patches whose spread depends on their loudness: no Gaussian. */
function patchesOf(seed: number, count: number): Frames {
  const data = new Float32Array(count * bands)
  const random = new RandomStream(seed, 3)
  for (let patch = 0; patch < count; patch++) {
    const loud = random.uniform() < 0.5 ? 1 : 0
    const shared = random.normal()
    for (let band = 0; band < bands; band++) {
      data[patch * bands + band] = -6 + 3 * loud + 0.5 * shared + (0.1 + 0.6 * loud) * random.normal()
    }
  }
  return { data, frames: count, channels: bands }
}

/** Weights at which every layer does something. */
function busyWeights(): Record<string, HostTensor> {
  const initial = initializeParameters(flow.parameters, 1)
  return Object.fromEntries(
    Object.entries(initial).map(([name, { shape, data }]) => {
      if (!flow.parameters[name]!.trainable) return [name, { shape, data }]
      const extra = new Float32Array(data.length)
      fillNormal(extra, 4, name.length, 0)
      return [name, { shape, data: data.map((value, i) => value + 0.05 * extra[i]!) }]
    }),
  )
}

/** z and logDet of rows by the plain engine. */
async function forwardRows(rows: Float32Array, weights: Record<string, HostTensor>) {
  const cpu = await createEngine('tfjs-cpu')
  const count = rows.length / bands
  const compiled = await cpu.compile(
    (inputs) => {
      const bound = Object.fromEntries(Object.keys(weights).map((name) => [name, inputs[name]!]))
      const { z, logDetByStep } = flow.bind(bound).forward(inputs['x'] as tf.Tensor3D)
      return {
        z,
        logDet: logDetByStep,
        back: flow.bind(bound).inverse(z),
      }
    },
    {
      x: [1, count, bands],
      ...Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    },
  )
  const feeds = Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, data]))
  const outputs = await compiled.run({ x: rows, ...feeds })
  await compiled.dispose()
  return outputs as { z: Float32Array; logDet: Float32Array; back: Float32Array }
}

describe('contentFlow', () => {
  it('has the log-determinant of its numerical Jacobian, and an inverse', async () => {
    const weights = busyWeights()
    const x = new Float32Array(bands)
    fillNormal(x, 9, 1, 0)
    const step = 0.05
    const shifted = new Float32Array((2 * bands + 1) * bands)
    for (let row = 0; row <= 2 * bands; row++) {
      shifted.set(x, row * bands)
      if (row < bands) shifted[row * bands + row]! += step
      else if (row < 2 * bands) shifted[row * bands + row - bands]! -= step
    }
    const { z, logDet, back } = await forwardRows(shifted, weights)
    const jacobian = Float64Array.from(
      { length: bands * bands },
      (_, i) => (z[i]! - z[i + bands * bands]!) / (2 * step),
    )
    // Central differences of float32 values over a step of 0.05, summed over 80 dimensions.
    expect(Math.abs(invertMatrix(jacobian, bands).logAbsDet - logDet[2 * bands]!)).toBeLessThan(0.02)
    expect(Math.abs(logDet[2 * bands]!)).toBeGreaterThan(0.1)
    // float32 through some twenty layers.
    expect(largestError(back, shifted)).toBeLessThan(1e-3)
  })

  it('maps each patch by itself', async () => {
    const weights = busyWeights()
    const rows = patchesOf(1, 3).data
    const together = await forwardRows(rows, weights)
    const alone = await forwardRows(rows.slice(bands, 2 * bands), weights)
    alone.z.forEach((value, i) => {
      expect(value).toBeCloseTo(together.z[bands + i]!, 4)
    })
    expect(alone.logDet[0]).toBeCloseTo(together.logDet[1]!, 3)
  })

  it('starts as the Gaussian of the patches: they come out white', async () => {
    const patches = patchesOf(2, 500)
    const weights = { ...initializeParameters(flow.parameters, 1), ...whiteningWeights(patches) }
    const { z } = await forwardRows(patches.data, weights)
    let [largest, diagonal] = [0, 0]
    for (let a = 0; a < 12; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0
        for (let t = 0; t < patches.frames; t++) sum += z[t * bands + a]! * z[t * bands + b]!
        if (a === b) diagonal += sum / patches.frames / 12
        else largest = Math.max(largest, Math.abs(sum / patches.frames))
      }
    }
    // A fiftieth of the variance is added before whitening, so that correlations are not wholly gone.
    expect(diagonal).toBeGreaterThan(0.5)
    expect(diagonal).toBeLessThanOrEqual(1)
    expect(largest).toBeLessThan(0.1)
  })
})

describe('ContentMeter', () => {
  it('gives the exact density: at the Gaussian start that of the Gaussian', async () => {
    const training = patchesOf(3, 2000)
    const start = whiteningWeights(training)
    const normal = { ...initializeParameters(flow.parameters, 1), ...start }
    const meter = await ContentMeter.create(engine, { ...shape, ditherNats: 1e-6 }, { normal })
    // More than one chunk, and no multiple of one.
    const patches = patchesOf(4, 301)
    const { natsPerValue } = await meter.measurePatches(patches, 1)
    await meter.dispose()
    const bias = start['0.bias']!.data
    const scale = start['0.logScale']!.data.map(Math.exp)
    const upper = start['1.upper']!.data
    const diagonal = start['1.logScale']!.data.map(Math.exp)
    let nats = 0
    for (let t = 0; t < patches.frames; t++) {
      const y = Array.from(bias, (b, i) => (patches.data[t * bands + i]! + b) * scale[i]!)
      for (let j = 0; j < bands; j++) {
        let z = y[j]! * diagonal[j]!
        for (let i = 0; i < j; i++) z += y[i]! * upper[i * bands + j]!
        nats += 0.5 * z * z + 0.5 * Math.log(2 * Math.PI) - Math.log(scale[j]! * diagonal[j]!)
      }
    }
    // float32 sums of 24,000 values.
    expect(natsPerValue).toBeCloseTo(nats / patches.data.length, 3)
  })

  it('refuses a segment without a whole patch', async () => {
    const normal = initializeParameters(flow.parameters, 1)
    const meter = await ContentMeter.create(engine, shape, { normal })
    await expect(meter.measure(noise(1000))).rejects.toMatchObject({ code: 'TOO_SHORT' })
    const bad = noise(20_000)
    bad[5000] = Number.NaN
    await expect(meter.measure(bad)).rejects.toMatchObject({ code: 'NON_FINITE' })
    await meter.dispose()
  })
})

describe('trainContentFlow', () => {
  it('makes held-out patches likelier than their Gaussian does, and repeats itself', async () => {
    const recordings = {
      training: Array.from({ length: 8 }, (_, i) => patchesOf(10 + i, 300)),
      validation: [patchesOf(30, 600)],
    }
    const run = () =>
      trainContentFlow(engine, flow, recordings, { seed: 1, steps: 60, validates: true, ditherNats: 0.05 })
    const [first, second] = [await run(), await run()]
    // The spread of a patch depends on its level, which no Gaussian can say.
    expect(first.validationNll).toBeLessThan(first.startNll - 0.05)
    expect(second.validationNll).toBe(first.validationNll)
    await expect(
      trainContentFlow(
        engine,
        flow,
        { training: [], validation: [] },
        { seed: 1, steps: 1, validates: true, ditherNats: 1 },
      ),
    ).rejects.toMatchObject({ code: 'INVALID_DATASET' })
  })
})

describe('trainContentFlow without validation', () => {
  it('keeps the weights of the last step, and with it those of the best', async () => {
    // Two dozen patches are soon known by heart: validation gets worse.
    const recordings = { training: [patchesOf(41, 24)], validation: [patchesOf(40, 200)] }
    const run = async (validates: boolean) => {
      const curve: number[] = []
      const onStep = (_: number, nll: number) => curve.push(nll)
      const options = { seed: 1, steps: 40, ditherNats: 0.05, validates, onStep }
      return { curve, ...(await trainContentFlow(engine, flow, recordings, options)) }
    }
    const [chosen, last] = [await run(true), await run(false)]
    expect(last.steps).toBe(40)
    expect(last.validationNll).toBe(last.curve.at(-1))
    expect(chosen.validationNll).toBe(Math.min(chosen.startNll, ...chosen.curve))
    expect(last.validationNll).toBeGreaterThan(chosen.validationNll)
  })
})

describe('contentPatches', () => {
  it('drops what is left over, and forgets the level where asked to', () => {
    const sound = noise(22_050, 0.1)
    const louder = sound.map((sample) => 3 * sample)
    const kept = contentPatches(sound, shape)
    expect(kept).toMatchObject({ frames: Math.floor(86 / 4), channels: bands })
    const difference = contentPatches(louder, shape).data[100]! - kept.data[100]!
    expect(difference).toBeCloseTo(Math.log(3), 4)
    const removed = { ...shape, level: 'removed' } as const
    const [a, b] = [contentPatches(sound, removed).data, contentPatches(louder, removed).data]
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i]!, 4)
    })
  })
})
