import * as tf from '@tensorflow/tfjs-core'
import { type Weights, weight } from '../parameters.js'
import { linear } from './conv1d.js'
import type { WavenetConfig } from './wavenet-config.js'

/*
 * WN begins and ends with linear layers, and both meet linear layers: the first convolution, and the sum of the skip
 * connections. Where one of the two is narrow, as between WaveGlow's 4 channels and its 256, their product is a
 * small matrix, and a sixth of all multiplications need not be done.
 */

export interface WavenetStart {
  /** What the first convolution takes. */
  input(x: tf.Tensor3D): tf.Tensor3D
  /** Its weights. */
  readonly weights: tf.Tensor2D
  /** The first layer's residual connection, of its input. */
  residual(input: tf.Tensor3D): tf.Tensor3D
}

export function wavenetStart(config: WavenetConfig, weights: Weights): WavenetStart {
  const { inputChannels, channels, kernelSize } = config
  const matrix = weight<tf.Tensor2D>(weights, 'start.weight')
  const bias = weight<tf.Tensor1D>(weights, 'start.bias')
  const convolution = weight<tf.Tensor2D>(weights, 'layer0.weight')
  if (inputChannels + 1 >= channels) {
    return { input: (x) => linear(x, matrix, bias), weights: convolution, residual: (input) => input }
  }
  // Padding is zero behind the start layer: the bias is a row of the matrix, for a channel that is 1 inside the signal.
  const rows = tf.concat([matrix, tf.reshape(bias, [1, channels]) as tf.Tensor2D], 0)
  const taps = Array.from(
    { length: kernelSize },
    (_, tap): tf.Tensor2D =>
      tf.matMul(rows, tf.slice(convolution, [tap * channels, 0], [channels, 2 * channels])),
  )
  return {
    input: (x) => tf.concat([x, tf.fill([x.shape[0], x.shape[1], 1], 1)], 2),
    weights: tf.concat(taps, 0),
    residual: (input) => linear(input, rows),
  }
}

export interface WavenetEnd {
  /** Of a layer's gated units: what it adds to WN's output, and to the next layer's input; the last has none. */
  layer(index: number, gated: tf.Tensor3D): { part: tf.Tensor3D; residual?: tf.Tensor3D }
  /** WN's output from the sum of the parts. */
  output(sum: tf.Tensor3D): tf.Tensor3D
}

export function wavenetEnd(config: WavenetConfig, weights: Weights): WavenetEnd {
  const { layers, channels, outputChannels } = config
  const end = weight<tf.Tensor2D>(weights, 'end.weight')
  const endBias = weight<tf.Tensor1D>(weights, 'end.bias')
  const of = (layer: number) => ({
    matrix: weight<tf.Tensor2D>(weights, `layer${layer}.output.weight`),
    bias: weight<tf.Tensor1D>(weights, `layer${layer}.output.bias`),
  })
  if (outputChannels >= channels) {
    return {
      layer(index, gated) {
        const output = linear(gated, of(index).matrix, of(index).bias)
        if (index === layers - 1) return { part: output }
        const [residual, part] = tf.split(output, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
        return { part, residual }
      },
      output: (sum) => linear(sum, end, endBias),
    }
  }
  let biases: tf.Tensor1D | undefined
  return {
    layer(index, gated) {
      const { matrix, bias } = of(index)
      const isLast = index === layers - 1
      const halves = isLast ? [matrix] : tf.split(matrix, 2, 1)
      const skipBias: tf.Tensor1D = isLast ? bias : tf.slice(bias, [channels], [channels])
      biases = biases === undefined ? skipBias : (tf.add(biases, skipBias) as tf.Tensor1D)
      const part = linear(gated, tf.matMul(halves.at(-1) as tf.Tensor2D, end))
      if (isLast) return { part }
      const residual = linear(gated, halves[0] as tf.Tensor2D, tf.slice(bias, [0], [channels]))
      return { part, residual }
    },
    output(sum) {
      const bias = tf.matMul(tf.reshape(biases!, [1, channels]) as tf.Tensor2D, end)
      return tf.add(sum, tf.add(tf.reshape(bias, [outputChannels]), endBias))
    },
  }
}
