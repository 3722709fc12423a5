/** Passes over the parameters of a model that lie in imported memory; counts are multiples of four. */

/** Σ x². Sums in double precision: a gradient has millions of entries. */
export function sumOfSquares(count: i32, values: usize): f64 {
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = values; at < values + ((<usize>count) << 2); at += 16) {
    const x = v128.load(at)
    const a = f64x2.promote_low_f32x4(x)
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 0, 1))
    low = f64x2.add(low, f64x2.mul(a, a))
    high = f64x2.add(high, f64x2.mul(b, b))
  }
  const sum = f64x2.add(low, high)
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
}

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1) and of the running average of the weights, all in place and in
 * one pass: it is bound by memory.
 *
 * @param rate learning rate over the bias corrections: α √(1 − β2^t) / (1 − β1^t)
 * @param epsilon ε √(1 − β2^t), to match
 * @param keep share of the new weights in the average
 */
export function adam(
  count: i32,
  weights: usize,
  moments: usize,
  variances: usize,
  averages: usize,
  gradients: usize,
  clip: f32,
  beta1: f32,
  beta2: f32,
  rate: f32,
  epsilon: f32,
  keep: f32,
): void {
  const clipping = f32x4.splat(clip)
  const oldMoment = f32x4.splat(beta1)
  const newMoment = f32x4.splat(1 - beta1)
  const oldVariance = f32x4.splat(beta2)
  const newVariance = f32x4.splat(1 - beta2)
  const rates = f32x4.splat(rate)
  const least = f32x4.splat(epsilon)
  const fresh = f32x4.splat(keep)
  for (let at: usize = 0; at < (<usize>count) << 2; at += 16) {
    const gradient = f32x4.mul(v128.load(gradients + at), clipping)
    const moment = f32x4.add(f32x4.mul(v128.load(moments + at), oldMoment), f32x4.mul(gradient, newMoment))
    const variance = f32x4.add(
      f32x4.mul(v128.load(variances + at), oldVariance),
      f32x4.mul(f32x4.mul(gradient, gradient), newVariance),
    )
    const deviation = f32x4.add(f32x4.sqrt(variance), least)
    const change = f32x4.div(f32x4.mul(moment, rates), deviation)
    const weight = f32x4.sub(v128.load(weights + at), change)
    const average = v128.load(averages + at)
    v128.store(moments + at, moment)
    v128.store(variances + at, variance)
    v128.store(weights + at, weight)
    v128.store(averages + at, f32x4.add(average, f32x4.mul(f32x4.sub(weight, average), fresh)))
  }
}
