import { tf } from '../../tfjs.js'
import { normal, weight, zeros } from '../parameters.js'
import { linear } from './conv1d.js'
import type { WavenetKind } from './wavenet-config.js'

/** SqueezeWave's layers: a depthwise and a pointwise convolution, and no skip but the last residual. */
export const separableLayers: WavenetKind = {
  parameters({ channels, kernelSize }) {
    return {
      'depthwise.weight': normal([kernelSize, channels], 1 / Math.sqrt(kernelSize)),
      'depthwise.bias': zeros([channels]),
      weight: normal([channels, 2 * channels], 1 / Math.sqrt(channels)),
      bias: zeros([2 * channels]),
      'output.weight': normal([channels, channels], 1 / Math.sqrt(channels)),
      'output.bias': zeros([channels]),
    }
  },
  bind({ layers, dilationBase }, weights, reach) {
    const through = (name: string, x: tf.Tensor3D) =>
      linear(x, weight<tf.Tensor2D>(weights, `${name}.weight`), weight<tf.Tensor1D>(weights, `${name}.bias`))
    function convolve(layer: number, input: tf.Tensor3D) {
      const { taps, centre } = reach(layer, input)
      const depthwise = depthwiseConv1d(
        taps,
        weight(weights, `layer${layer}.depthwise.weight`),
        weight(weights, `layer${layer}.depthwise.bias`),
        dilationBase ** layer,
      )
      return { sums: through(`layer${layer}`, depthwise), centre }
    }
    return {
      start: (x) => convolve(0, through('start', x)),
      convolve,
      residualAndSkip(layer, gated, centre) {
        const residual: tf.Tensor3D = tf.add(centre, through(`layer${layer}.output`, gated))
        return layer < layers - 1 ? { residual } : { skip: residual }
      },
      end: (sum) => through('end', sum),
    }
  },
}

/** x: [batch, time + (kernelSize - 1) * dilation, channels], weights: [kernelSize, channels]. */
function depthwiseConv1d(
  x: tf.Tensor3D,
  weights: tf.Tensor2D,
  bias: tf.Tensor1D,
  dilation: number,
): tf.Tensor3D {
  const [kernelSize, channels] = weights.shape
  const [batch, padded] = x.shape
  const time = padded - (kernelSize - 1) * dilation
  const products = Array.from({ length: kernelSize }, (_, tap): tf.Tensor3D => {
    const tapWeights = tf.reshape(tf.slice(weights, [tap, 0], [1, channels]), [channels])
    return tf.mul(tf.slice(x, [0, tap * dilation, 0], [batch, time, channels]), tapWeights)
  })
  return products.reduce(
    (sum, product): tf.Tensor3D => tf.add(sum, product),
    bias as tf.Tensor as tf.Tensor3D,
  )
}
