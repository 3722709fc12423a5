import * as tf from '@tensorflow/tfjs-core'
import { GlowcastError } from '../../errors.js'
import { type Condition, expectChannels, forwardResult, type Layer, sumPerStep } from '../bijector.js'
import { type Carry, delayed, zeroCarry } from '../carry.js'
import { separableWavenet, separableWavenetParameters } from '../networks/separable-wavenet.js'
import { wavenet, wavenetParameters } from '../networks/wavenet.js'
import type { WavenetConfig } from '../networks/wavenet-config.js'
import { wavenetDelay } from '../networks/wavenet-timing.js'
import type { Weights } from '../parameters.js'

export interface AffineCouplingConfig {
  readonly channels: number
  readonly contextChannels: number
  /** Channels of the excitation that WN also sees; 0 for none. */
  readonly excitationChannels: number
  /** The log-scale stays within ± this, smoothly; without it, it is as WN gives it. */
  readonly logScaleBound?: number | undefined
  /** The half of the channels that is changed, given the other; default `second`. */
  readonly changes?: 'first' | 'second'
  readonly wavenet: Pick<WavenetConfig, 'channels' | 'layers' | 'kernelSize' | 'dilationBase' | 'causal'> & {
    /** WN of SqueezeWave rather than of WaveGlow. */
    readonly separable?: boolean | undefined
  }
}

/**
 * Affine coupling (WaveGlow, Prenger et al. 2018, equations 5–8):
 *
 *     xa, xb = split(x)     t, s = WN(xa, condition)     z = [xa, xb · exp(s) + t]     logDet = Σ s
 *
 * Identity while WN's last layer is zero. A bound b gives s = b tanh(WN_s / b): one crop that WN has not
 * seen the like of cannot then throw the whole training off.
 *
 * @throws GlowcastError INVALID_CONFIG for an odd number of channels
 */
export function affineCoupling(config: AffineCouplingConfig): Layer {
  const { channels, contextChannels, excitationChannels, logScaleBound } = config
  if (channels % 2 !== 0) {
    throw new GlowcastError('INVALID_CONFIG', 'channels', `${channels}`, 'an even number')
  }
  const half = channels / 2
  const conditioner: WavenetConfig = {
    ...config.wavenet,
    inputChannels: half + excitationChannels,
    outputChannels: channels,
    contextChannels,
  }

  const { separable } = config.wavenet
  const network = separable === true ? separableWavenet : wavenet
  const parameters = separable === true ? separableWavenetParameters : wavenetParameters
  const delay = wavenetDelay(conditioner)
  /** The half that stays, then the one that is changed; and back. */
  const separate = (x: tf.Tensor3D) => inOrder(tf.split(x, 2, 2) as [tf.Tensor3D, tf.Tensor3D])
  const join = (xa: tf.Tensor3D, xb: tf.Tensor3D) => tf.concat(inOrder([xa, xb]), 2)

  function inOrder([a, b]: [tf.Tensor3D, tf.Tensor3D]): [tf.Tensor3D, tf.Tensor3D] {
    return config.changes === 'first' ? [b, a] : [a, b]
  }

  function shiftAndLogScale(weights: Weights, xa: tf.Tensor3D, condition: Condition, carry: Carry) {
    let input = xa
    if (excitationChannels > 0) {
      if (condition.excitation === undefined) {
        throw new GlowcastError('INVALID_ARGUMENT', 'condition.excitation', 'none', 'the excitation')
      }
      expectChannels('condition.excitation', condition.excitation, excitationChannels)
      input = tf.concat([xa, condition.excitation], 2)
    }
    const output = network(conditioner, weights, input, condition.context, carry)
    const [shift, logScale] = tf.split(output, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
    if (logScaleBound === undefined) return [shift, logScale] as const
    const bounded: tf.Tensor3D = tf.mul(tf.tanh(tf.div(logScale, logScaleBound)), logScaleBound)
    return [shift, bounded] as const
  }

  return {
    parameters: parameters(conditioner),
    bind: (weights) => ({
      forward(x, condition, carry = zeroCarry) {
        expectChannels('x', x, channels)
        const [xa, xb] = separate(x)
        const [shift, logScale] = shiftAndLogScale(weights, xa, condition, carry)
        const late = (name: string, y: tf.Tensor3D) => delayed(carry, name, y, delay)
        const zb: tf.Tensor3D = tf.add(tf.mul(late('xb', xb), tf.exp(logScale)), shift)
        return forwardResult(join(late('xa', xa), zb), sumPerStep(logScale))
      },
      inverse(z, condition, carry = zeroCarry) {
        expectChannels('z', z, channels)
        const [xa, zb] = separate(z)
        const [shift, logScale] = shiftAndLogScale(weights, xa, condition, carry)
        const late = (name: string, y: tf.Tensor3D) => delayed(carry, name, y, delay)
        const xb: tf.Tensor3D = tf.mul(tf.sub(late('zb', zb), shift), tf.exp(tf.neg(logScale)))
        return join(late('xa', xa), xb)
      },
      delay,
    }),
  }
}
