import { tf } from '../../tfjs.js'
import { type Condition, expectChannels, forwardResult, type Layer, partOf, sumPerStep } from '../bijector.js'
import { linear } from '../networks/conv1d.js'
import { type Weights, weight, zeros } from '../parameters.js'

export interface HarmonicLayerConfig {
  readonly channels: number
  readonly contextChannels: number
  /** Without it the layer only scales. */
  readonly excitation: boolean
}

/**
 * Takes away what the mel and the pitch phase already tell: z = x · exp(s) − (a · C + b · S).
 *
 * s, a and b [batch, time, channels] are linear in the context; C and S are the MDCTs of the cosine and the
 * sine pulse train. logDet = Σ s. At zero weights the layer is the identity.
 */
export function harmonicLayer({ channels, contextChannels, excitation }: HarmonicLayerConfig): Layer {
  const outputs = excitation ? 3 * channels : channels

  function scaleAndMean(weights: Weights, condition: Condition) {
    const head = linear(
      partOf(condition, 'context', contextChannels),
      weight<tf.Tensor2D>(weights, 'head.weight'),
      weight<tf.Tensor1D>(weights, 'head.bias'),
    )
    if (!excitation) return { logScale: head, mean: undefined }
    const [logScale, a, b] = tf.split(head, 3, 2) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D]
    const [cosine, sine] = tf.split(partOf(condition, 'excitation', 2 * channels), 2, 2) as [
      tf.Tensor3D,
      tf.Tensor3D,
    ]
    const mean: tf.Tensor3D = tf.add(tf.mul(a, cosine), tf.mul(b, sine))
    return { logScale, mean }
  }

  return {
    parameters: {
      'head.weight': zeros([contextChannels, outputs]),
      'head.bias': zeros([outputs]),
    },
    bind: (weights) => ({
      forward(x, condition = {}) {
        expectChannels('x', x, channels)
        const { logScale, mean } = scaleAndMean(weights, condition)
        const scaled: tf.Tensor3D = tf.mul(x, tf.exp(logScale))
        return forwardResult(mean === undefined ? scaled : tf.sub(scaled, mean), sumPerStep(logScale))
      },
      inverse(z, condition = {}) {
        expectChannels('z', z, channels)
        const { logScale, mean } = scaleAndMean(weights, condition)
        return tf.mul(mean === undefined ? z : tf.add(z, mean), tf.exp(tf.neg(logScale)))
      },
    }),
  }
}
