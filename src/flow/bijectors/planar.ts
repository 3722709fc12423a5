import { tf } from '../../tfjs.js'
import { expectChannels, forwardResult, type Layer, sumPerStep } from '../bijector.js'
import { linear } from '../networks/conv1d.js'
import { normal, type Weights, weight, zeros } from '../parameters.js'

/** Enough halvings of the bracket to reach float32 resolution. */
const bisectionSteps = 40

/**
 * Planar flow on each frame: z = x + û tanh(w·x + b) (Rezende and Mohamed 2015, equation 10), where û is u
 * moved along w so that w·û = softplus(w·u) − ln 2 > −1, which keeps the map invertible (their appendix A.1,
 * with ln 2 for 1, so that it is the identity at u = 0).
 *
 *     logDet = Σ_time log |1 + w·û (1 − tanh²(w·x + b))|
 *
 * The inverse solves a + w·û tanh(a + b) = w·z for a = w·x by bisection: the left side grows with a.
 */
export function planar(channels: number): Layer {
  function parts(weights: Weights) {
    const w = weight<tf.Tensor1D>(weights, 'w')
    const u = weight<tf.Tensor1D>(weights, 'u')
    const dot = tf.sum(tf.mul(w, u))
    const slope = tf.sub(tf.softplus(dot), Math.LN2)
    const norm = tf.add(tf.sum(tf.square(w)), tf.scalar(1e-12))
    const uHat: tf.Tensor1D = tf.add(u, tf.mul(w, tf.div(tf.sub(slope, dot), norm)))
    return {
      w: tf.reshape(w, [channels, 1]) as tf.Tensor2D,
      uHat,
      slope,
      b: weight<tf.Tensor1D>(weights, 'b'),
    }
  }

  return {
    parameters: { w: normal([channels], 1 / Math.sqrt(channels)), u: zeros([channels]), b: zeros([1]) },
    bind: (weights) => ({
      forward(x) {
        expectChannels('x', x, channels)
        const { w, uHat, slope, b } = parts(weights)
        const h: tf.Tensor3D = tf.tanh(linear(x, w, b))
        const gain = tf.add(tf.mul(tf.sub(tf.scalar(1), tf.square(h)), slope), 1)
        return forwardResult(tf.add(x, tf.mul(h, uHat)), sumPerStep(tf.log(gain)))
      },
      inverse(z) {
        expectChannels('z', z, channels)
        const { w, uHat, slope, b } = parts(weights)
        const target = linear(z, w)
        const sums = (a: tf.Tensor) => tf.add(a, tf.mul(slope, tf.tanh(tf.add(a, b))))
        const solve = tf.customGrad<tf.Tensor>(() => {
          const reach = tf.abs(slope)
          let low: tf.Tensor = tf.sub(target, reach)
          let high: tf.Tensor = tf.add(target, reach)
          for (let step = 0; step < bisectionSteps; step++) {
            const middle = tf.mul(tf.add(low, high), 0.5)
            const below = tf.less(sums(middle), target)
            low = tf.where(below, middle, low)
            high = tf.where(below, high, middle)
          }
          return { value: tf.mul(tf.add(low, high), 0.5), gradFunc: (dy) => tf.zerosLike(dy as tf.Tensor) }
        })
        const near = solve(target)
        // Bisection has no gradient. That of a Newton step from its result is that of the solution.
        const gain = tf.add(tf.mul(tf.sub(1, tf.square(tf.tanh(tf.add(near, b)))), slope), 1)
        const a = tf.sub(near, tf.div(tf.sub(sums(near), target), gain))
        const h = tf.tanh(tf.add(a, b))
        return tf.sub(z, tf.mul(h, uHat))
      },
    }),
  }
}
