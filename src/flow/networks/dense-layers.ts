import { tf } from '../../tfjs.js'
import { normal, type Weights, weight, zeros } from '../parameters.js'
import { dilatedConv1d, linear } from './conv1d.js'
import type { Reach, WavenetKind, WavenetLayers, WavenetSizes } from './wavenet-config.js'

/** WaveGlow's layers: a dilated convolution, and one product for residual and skip. */
export const denseLayers: WavenetKind = {
  parameters({ channels, layers, kernelSize }, layer) {
    const outputs = layer < layers - 1 ? 2 * channels : channels
    const taps = kernelSize * channels
    return {
      weight: normal([taps, 2 * channels], 1 / Math.sqrt(taps)),
      bias: zeros([2 * channels]),
      'output.weight': normal([channels, outputs], 1 / Math.sqrt(channels)),
      'output.bias': zeros([outputs]),
    }
  },
  bind(sizes, weights, reach) {
    const { inputChannels, outputChannels, channels } = sizes
    const net = new DenseLayers(sizes, weights, reach)
    return {
      start: (x) => (inputChannels + 1 < channels ? net.narrowStart(x) : net.start(x)),
      convolve: (layer, input) => net.convolve(layer, input),
      ...(outputChannels < channels ? net.narrowEnds() : net.ends()),
    }
  },
}

/*
 * WN begins and ends with linear layers, and both meet linear layers: the first convolution, and the sum of the skip
 * connections. Where one of the two is narrow, as between WaveGlow's 4 channels and its 256, their product is a
 * small matrix, and a sixth of all multiplications need not be done. No pass over the graph can do this: what a chunked
 * run carries, the layer's input and the sum, has to be of the narrow side too.
 */
class DenseLayers {
  constructor(
    private readonly sizes: WavenetSizes,
    private readonly weights: Weights,
    private readonly reach: Reach,
  ) {}

  private matrix(layer: string): tf.Tensor2D {
    return weight(this.weights, `${layer}.weight`)
  }

  private bias(layer: string): tf.Tensor1D {
    return weight(this.weights, `${layer}.bias`)
  }

  convolve(layer: number, input: tf.Tensor3D, matrix = this.matrix(`layer${layer}`)) {
    const { kernelSize, dilationBase } = this.sizes
    const { taps, centre } = this.reach(layer, input)
    const sums = dilatedConv1d(taps, matrix, this.bias(`layer${layer}`), kernelSize, dilationBase ** layer)
    return { sums, centre }
  }

  start(x: tf.Tensor3D) {
    return this.convolve(0, linear(x, this.matrix('start'), this.bias('start')))
  }

  narrowStart(x: tf.Tensor3D) {
    const { channels, kernelSize } = this.sizes
    // Padding is zero behind the start layer: the bias is a row of the matrix, for a channel that is 1 inside the signal.
    const bias = tf.reshape(this.bias('start'), [1, channels]) as tf.Tensor2D
    const rows: tf.Tensor2D = tf.concat([this.matrix('start'), bias], 0)
    const taps = Array.from(
      { length: kernelSize },
      (_, tap): tf.Tensor2D =>
        tf.matMul(rows, tf.slice(this.matrix('layer0'), [tap * channels, 0], [channels, 2 * channels])),
    )
    const inside: tf.Tensor3D = tf.concat([x, tf.fill([x.shape[0], x.shape[1], 1], 1)], 2)
    const { sums, centre } = this.convolve(0, inside, tf.concat(taps, 0))
    return { sums, centre: linear(centre, rows) }
  }

  ends(): Pick<WavenetLayers, 'residualAndSkip' | 'end'> {
    return {
      residualAndSkip: (layer, gated, centre) => {
        const output = linear(gated, this.matrix(`layer${layer}.output`), this.bias(`layer${layer}.output`))
        if (layer === this.sizes.layers - 1) return { skip: output }
        const [residual, skip] = tf.split(output, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
        return { residual: tf.add<tf.Tensor3D>(centre, residual), skip }
      },
      end: (sum) => linear(sum, this.matrix('end'), this.bias('end')),
    }
  }

  /** Each skip connection goes through the end layer by itself. */
  narrowEnds(): Pick<WavenetLayers, 'residualAndSkip' | 'end'> {
    const { channels, layers, outputChannels } = this.sizes
    const end = this.matrix('end')
    let biases: tf.Tensor1D | undefined
    return {
      residualAndSkip: (layer, gated, centre) => {
        const matrix = this.matrix(`layer${layer}.output`)
        const bias = this.bias(`layer${layer}.output`)
        const isLast = layer === layers - 1
        const halves = isLast ? [matrix] : (tf.split(matrix, 2, 1) as tf.Tensor2D[])
        const skipBias: tf.Tensor1D = isLast ? bias : tf.slice(bias, [channels], [channels])
        biases = biases === undefined ? skipBias : tf.add(biases, skipBias)
        const skip = linear(gated, tf.matMul(halves.at(-1)!, end))
        if (isLast) return { skip }
        const residual = linear(gated, halves[0]!, tf.slice(bias, [0], [channels]))
        return { residual: tf.add<tf.Tensor3D>(centre, residual), skip }
      },
      end: (sum) => {
        const bias = tf.matMul(tf.reshape(biases!, [1, channels]) as tf.Tensor2D, end)
        return tf.add(sum, tf.add(tf.reshape(bias, [outputChannels]), this.bias('end')))
      },
    }
  }
}
