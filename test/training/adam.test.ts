import { describe, expect, it } from 'vitest'
import { fixed, normal, type ParameterSpecs } from '../../src/flow/parameters.js'
import { fillNormal } from '../../src/numeric/random.js'
import { Adam, stateShapes } from '../../src/training/adam.js'

/** Sizes that are no multiple of four, and a parameter that is not trained. */
const parameters: ParameterSpecs = {
  'a.weight': normal([3, 5], 1),
  'b.weight': normal([7], 1),
  'c.permutation': fixed([2, 2], () => Float32Array.of(0, 1, 1, 0)),
}
const trained = ['a.weight', 'b.weight']
const settings = { adamBeta1: 0.9, adamBeta2: 0.99, clipNorm: 2 }

function random(length: number, stream: number): Float32Array {
  const values = new Float32Array(length)
  fillNormal(values, 5, stream, 0)
  return values
}

function loaded(): Adam {
  const adam = new Adam(parameters, settings)
  const tensors = Object.fromEntries(
    Object.entries(stateShapes(parameters)).map(([name, shape], stream) => {
      const values = random(
        shape.reduce((product, size) => product * size, 1),
        stream,
      )
      return [name, name.startsWith('variance') ? values.map((value) => value * value) : values]
    }),
  )
  const average = { 'a.weight': random(15, 20), 'b.weight': random(7, 21), 'c.permutation': random(4, 22) }
  adam.load(tensors, average)
  adam.gradients['a.weight']!.set(random(15, 30))
  adam.gradients['b.weight']!.set(random(7, 31))
  return adam
}

describe('Adam', () => {
  it('has the norm of all gradients', () => {
    const adam = loaded()
    const all = [...adam.gradients['a.weight']!, ...adam.gradients['b.weight']!]
    // Products and sums in double precision.
    expect(adam.gradientNorm(trained)).toBeCloseTo(Math.hypot(...all), 12)
    expect(adam.gradientNorm(['b.weight'])).toBeCloseTo(Math.hypot(...adam.gradients['b.weight']!), 12)
    adam.gradients['a.weight']![3] = Number.NaN
    expect(adam.gradientNorm(trained)).toBeNaN()
  })

  it('makes the step of the paper, clipped, and follows with the average', () => {
    const [step, rate, norm, keep] = [3, 0.01, 5, 0.2]
    const before = loaded()
    const after = loaded()
    after.step(trained, { step, rate, norm, keep })
    for (const name of trained) {
      for (let i = 0; i < after.gradients[name]!.length; i++) {
        const at = (adam: Adam, kind: string) => adam.tensors[`${kind}:${name}`]![i]!
        const gradient = before.gradients[name]![i]! * (2 / 5)
        const moment = 0.9 * at(before, 'moment') + 0.1 * gradient
        const variance = 0.99 * at(before, 'variance') + 0.01 * gradient ** 2
        const change = moment / (1 - 0.9 ** step) / (Math.sqrt(variance / (1 - 0.99 ** step)) + 1e-8)
        const weight = at(before, 'weight') - rate * change
        const average = before.average[name]![i]!
        // Float32 values around 1.
        expect(at(after, 'moment')).toBeCloseTo(moment, 6)
        expect(at(after, 'variance')).toBeCloseTo(variance, 6)
        expect(at(after, 'weight')).toBeCloseTo(weight, 6)
        expect(after.average[name]![i]).toBeCloseTo(average + keep * (weight - average), 6)
      }
    }
    expect(after.tensors['weight:c.permutation']).toEqual(before.tensors['weight:c.permutation'])
  })

  it('leaves alone what a step does not train', () => {
    const before = loaded()
    const after = loaded()
    after.step(['b.weight'], { step: 1, rate: 0.1, norm: 1, keep: 0.5 })
    for (const key of ['weight', 'moment', 'variance']) {
      expect(after.tensors[`${key}:a.weight`]).toEqual(before.tensors[`${key}:a.weight`])
    }
    expect(after.average['a.weight']).toEqual(before.average['a.weight'])
    expect(after.tensors['weight:b.weight']).not.toEqual(before.tensors['weight:b.weight'])
  })
})
