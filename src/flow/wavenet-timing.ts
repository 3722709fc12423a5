import * as tf from '@tensorflow/tfjs-core'
import { GlowcastError } from '../errors.js'
import { type Carry, delayed } from './carry.js'
import type { WavenetConfig } from './wavenet.js'

/** Brings what a layer of WN adds up to the same time. All tensors are [batch, time, channels]. */
export interface WavenetTiming {
  /** The layer's input with what its kernel reaches, and the input itself at the time of the layer's output. */
  widen(layer: number, residual: tf.Tensor3D): { taps: tf.Tensor3D; residual: tf.Tensor3D }
  /** The layer's part of the context, at the time of its output. */
  context(layer: number, projection: tf.Tensor3D): tf.Tensor3D
  /** The sum of the skip connections of the layers before, at the time of this one's output. */
  skip(layer: number, sum: tf.Tensor3D): tf.Tensor3D
  /** WN's output: zero outside the signal. */
  output(x: tf.Tensor3D): tf.Tensor3D
}

type Kernels = Pick<WavenetConfig, 'kernelSize' | 'dilationBase' | 'layers' | 'causal'>

/** Steps from the first to the last tap of a layer's kernel. */
function span({ kernelSize, dilationBase }: Kernels, layer: number): number {
  return (kernelSize - 1) * dilationBase ** layer
}

/** Steps by which a layer's output is late in a chunked run: half the kernels up to it. */
function delayUpTo(config: Kernels, layer: number): number {
  let steps = 0
  for (let before = 0; before <= layer; before++) steps += span(config, before) / 2
  return steps
}

/** Steps by which WN is late in a chunked run. */
export function wavenetDelay(config: Kernels): number {
  return config.causal ? 0 : delayUpTo(config, config.layers - 1)
}

/**
 * @param valid 1 inside the signal, [batch, time, 1]; a chunked run of a WN that is not causal needs it
 * @throws GlowcastError INVALID_ARGUMENT when it does not have it
 */
export function wavenetTiming(config: Kernels, carry: Carry, valid: tf.Tensor3D | undefined): WavenetTiming {
  if (config.causal || !carry.isChunked) return immediate(config, carry)
  if (valid === undefined) {
    throw new GlowcastError(
      'INVALID_ARGUMENT',
      'condition.valid',
      'none',
      'where the signal is: a conditioner that is not causal runs in chunks',
    )
  }
  return late(config, carry, valid)
}

function immediate(config: Kernels, carry: Carry): WavenetTiming {
  return {
    widen(layer, residual) {
      const length = span(config, layer)
      if (length === 0) return { taps: residual, residual }
      if (config.causal) return { taps: carry.extend(`layer${layer}`, residual, length), residual }
      const sides: [number, number][] = [
        [0, 0],
        [length / 2, length / 2],
        [0, 0],
      ]
      return { taps: tf.pad(residual, sides), residual }
    },
    context: (_layer, projection) => projection,
    skip: (_layer, sum) => sum,
    output: (x) => x,
  }
}

/**
 * Aligned delays: a kernel that looks `half` steps ahead gives its output `half` steps late, and all that it is
 * added to is held back as long. Outside the signal the inputs of every layer are zero, as padding has them
 * over a whole signal.
 */
function late(config: Kernels, carry: Carry, valid: tf.Tensor3D): WavenetTiming {
  let inside = valid
  return {
    widen(layer, residual) {
      const half = span(config, layer) / 2
      if (half === 0) return { taps: residual, residual }
      const taps = carry.extend(`layer${layer}`, tf.mul(residual, inside), 2 * half)
      inside = delayed(carry, `valid${layer}`, inside, half)
      return { taps, residual: tf.slice(taps, [0, half, 0], residual.shape) }
    },
    context: (layer, projection) => delayed(carry, `context${layer}`, projection, delayUpTo(config, layer)),
    skip: (layer, sum) => delayed(carry, `skip${layer}`, sum, span(config, layer) / 2),
    output: (x) => tf.mul(x, inside),
  }
}
