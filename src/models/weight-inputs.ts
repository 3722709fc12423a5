import type { Tensor } from '@tensorflow/tfjs-core'
import type { HostTensor, ParameterSpecs, Shape, Weights } from '../flow/parameters.js'

/** What a graph calls the weight among its inputs. */
export const weightKey = (name: string) => `weight:${name}`

/** Weights under the names that graphs read. */
export function weightInputs(weights: Record<string, HostTensor>): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [weightKey(name), tensor]))
}

/** Shapes of the weights, under the names that graphs read. */
export function weightShapes(parameters: ParameterSpecs): Record<string, Shape> {
  return Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [weightKey(name), shape]))
}

/** The weights among a graph's inputs. */
export function weightsFrom(inputs: Record<string, Tensor>, parameters: ParameterSpecs): Weights {
  return Object.fromEntries(Object.keys(parameters).map((name) => [name, inputs[weightKey(name)]!]))
}
