import * as tf from '@tensorflow/tfjs-core'
import type { Carry } from '../carry.js'
import type { WavenetConfig } from './wavenet-config.js'

/** Brings what a layer of WN adds up to the same time. All tensors are [batch, time, channels]. */
export interface WavenetTiming {
  /** What the layer's kernel reaches, and the layer's input at the time of its output. */
  widen(layer: number, x: tf.Tensor3D): { taps: tf.Tensor3D; centre: tf.Tensor3D }
  /** The context at the time of the layer's output. */
  context(layer: number): tf.Tensor3D
  /** What the layers before have summed up, at the time of this one's output. */
  sum(layer: number, sum: tf.Tensor3D): tf.Tensor3D
}

type Kernels = Pick<WavenetConfig, 'kernelSize' | 'dilationBase' | 'layers' | 'causal'>

/** Steps from the first to the last tap of a layer's kernel. */
function span({ kernelSize, dilationBase }: Kernels, layer: number): number {
  return (kernelSize - 1) * dilationBase ** layer
}

/** Steps that a layer's kernel looks ahead. */
function lookahead(config: Kernels, layer: number): number {
  return config.causal ? 0 : span(config, layer) / 2
}

/** Steps by which a layer's output is late in a chunked run: what the kernels up to it look ahead. */
function delayUpTo(config: Kernels, layer: number): number {
  let steps = 0
  for (let before = 0; before <= layer; before++) steps += lookahead(config, before)
  return steps
}

/** Steps by which WN is late in a chunked run. */
export function wavenetDelay(config: Kernels): number {
  return delayUpTo(config, config.layers - 1)
}

export function wavenetTiming(config: Kernels, carry: Carry, context: tf.Tensor3D): WavenetTiming {
  const longest = wavenetDelay(config)
  const late = longest === 0 ? () => context : carry.history('context', context, longest)
  return {
    widen(layer, x) {
      const length = span(config, layer)
      if (length === 0) return { taps: x, centre: x }
      const name = `layer${layer}`
      if (config.causal) return { taps: carry.extend(name, x, length), centre: x }
      const taps = carry.surround(name, x, length / 2)
      const [batch, time, channels] = taps.shape
      return { taps, centre: tf.slice(taps, [0, length / 2, 0], [batch, time - length, channels]) }
    },
    context: (layer) => late(delayUpTo(config, layer)),
    sum(layer, sum) {
      const steps = lookahead(config, layer)
      return steps === 0 ? sum : carry.history(`sum${layer}`, sum, steps)(steps)
    },
  }
}
