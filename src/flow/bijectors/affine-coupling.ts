import { invalidConfig } from '../../errors.js'
import { tf } from '../../tfjs.js'
import { expectChannels, forwardResult, type Layer, sumPerStep } from '../bijector.js'
import { zeroCarry } from '../carry.js'
import type { Conditioner } from '../networks/conditioner.js'
import { aligned } from '../streaming.js'

export interface AffineCouplingOptions {
  /** The half of the channels that is changed, given the other; default `second`. */
  readonly changes?: 'first' | 'second'
  /** The log-scale stays within ± this, smoothly; without it, it is as the conditioner gives it. */
  readonly logScaleBound?: number | undefined
}

type Halves = [tf.Tensor3D, tf.Tensor3D]

/**
 * Affine coupling (WaveGlow, Prenger et al. 2018, equations 5–8):
 *
 *     xa, xb = split(x)     t, s = conditioner(xa, condition)     z = [xa, xb · exp(s) + t]     logDet = Σ s
 *
 * Identity while the conditioner gives zeros. A bound b gives s = b tanh(s / b): one crop that the conditioner has not
 * seen the like of cannot then throw the whole training off.
 *
 * @throws GlowcastError INVALID_CONFIG for an odd number of channels
 */
export function affineCoupling(
  channels: number,
  conditioner: Conditioner,
  { changes = 'second', logScaleBound }: AffineCouplingOptions = {},
): Layer {
  if (channels % 2 !== 0) {
    throw invalidConfig('channels', `${channels}`, 'an even number')
  }
  const { parameters, delay, apply } = conditioner(channels / 2, channels)
  const inOrder = ([a, b]: Halves): Halves => (changes === 'first' ? [b, a] : [a, b])
  /** The half that stays, then the one that is changed; and back. */
  const separate = (x: tf.Tensor3D) => inOrder(tf.split(x, 2, 2) as Halves)
  const join = (...halves: Halves): tf.Tensor3D => tf.concat(inOrder(halves), 2)

  function shiftAndLogScale(output: tf.Tensor3D): Halves {
    const [shift, logScale] = tf.split(output, 2, 2) as Halves
    if (logScaleBound === undefined) return [shift, logScale]
    return [shift, tf.mul(tf.tanh(tf.div(logScale, logScaleBound)), logScaleBound)]
  }

  return {
    parameters,
    bind: (weights) => ({
      forward(x, condition = {}, carry = zeroCarry) {
        expectChannels('x', x, channels)
        const [xa, xb] = separate(x)
        const [shift, logScale] = shiftAndLogScale(apply(weights, xa, condition, carry))
        const late = aligned(carry, delay, { xa, xb })
        const zb: tf.Tensor3D = tf.add(tf.mul(late.xb, tf.exp(logScale)), shift)
        return forwardResult(join(late.xa, zb), sumPerStep(logScale))
      },
      inverse(z, condition = {}, carry = zeroCarry) {
        expectChannels('z', z, channels)
        const [xa, zb] = separate(z)
        const [shift, logScale] = shiftAndLogScale(apply(weights, xa, condition, carry))
        const late = aligned(carry, delay, { xa, zb })
        return join(late.xa, tf.mul(tf.sub(late.zb, shift), tf.exp(tf.neg(logScale))))
      },
      delay,
    }),
  }
}
