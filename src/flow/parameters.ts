import type { Tensor } from '@tensorflow/tfjs-core'
import { invalidModel } from '../errors.js'
import { RandomStream } from '../numeric/random.js'
import { product } from '../numeric/stats.js'

export type Shape = readonly number[]

/** A tensor's values on the host, row-major. */
export interface HostTensor {
  readonly shape: Shape
  readonly data: Float32Array
}

type Initializer = (shape: Shape, random: RandomStream) => Float32Array

/** What a layer needs: a shape, the initial values, and whether training changes it. */
export interface ParameterSpec {
  readonly shape: Shape
  readonly initializer: Initializer
  readonly trainable: boolean
}

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>

/** Bound weights by the same names as the specs; inside `jit` these are traced tensors. */
export type Weights = Readonly<Record<string, Tensor>>

export function sizeOf(shape: Shape): number {
  return product(shape)
}

export function zeros(shape: Shape): ParameterSpec {
  return { shape, trainable: true, initializer: (s) => new Float32Array(sizeOf(s)) }
}

/** Normal with the given standard deviation. */
export function normal(shape: Shape, deviation: number): ParameterSpec {
  return {
    shape,
    trainable: true,
    initializer: (s, random) => {
      const values = new Float32Array(sizeOf(s))
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal()
      return values
    },
  }
}

/** Fixed values that are saved with the weights but not trained. */
export function fixed(shape: Shape, values: () => Float32Array): ParameterSpec {
  return { shape, trainable: false, initializer: values }
}

export function prefixSpecs(prefix: string, specs: ParameterSpecs): ParameterSpecs {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [`${prefix}.${name}`, spec]))
}

/** The weights below `prefix.`, with the prefix removed. */
export function scopeWeights(prefix: string, weights: Weights): Weights {
  const start = `${prefix}.`
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([name]) => name.startsWith(start))
      .map(([name, tensor]) => [name.slice(start.length), tensor]),
  )
}

/** @throws GlowcastError INVALID_MODEL when the weight is absent */
export function weight<T extends Tensor>(weights: Weights, name: string): T {
  const tensor = weights[name]
  if (tensor === undefined) {
    throw invalidModel(`weight ${name}`, 'none', 'a tensor with that name')
  }
  return tensor as T
}

function hashName(name: string): number {
  let hash = 2166136261
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619)
  return hash | 0
}

/**
 * Initial values for all parameters. Each one draws from its own stream, keyed by its name, so that adding
 * a layer does not change the others.
 */
export function initializeParameters(specs: ParameterSpecs, seed: number): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, initializer }]) => [
      name,
      { shape, data: initializer(shape, new RandomStream(seed, hashName(name))) },
    ]),
  )
}
