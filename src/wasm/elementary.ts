/** Elementary functions of four floats at once, to float32 accuracy. */

const LN2: f32 = <f32>Math.LN2
const INVERSE_LN2: f32 = <f32>Math.LOG2E
const SQRT2_BITS: i32 = 0x3fb504f3
const ONE_BITS: i32 = 0x3f800000
const WHOLE: f32 = 12_582_912

/** Natural logarithm of positive, finite, normal numbers. */
export function log(x: v128): v128 {
  // x = m · 2^e with m in [√½, √2): the exponent of x / √2, rounded up.
  const shifted = i32x4.sub(x, i32x4.splat(SQRT2_BITS - ONE_BITS))
  const exponent = i32x4.sub(i32x4.shr_s(shifted, 23), i32x4.splat(126))
  const m = i32x4.sub(x, i32x4.shl(exponent, 23))
  // log m = 2 artanh t with t = (m − 1) / (m + 1), |t| < 0.172: the next term is below 1e-9.
  const one = f32x4.splat(1)
  const t = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one))
  const t2 = f32x4.mul(t, t)
  let series = f32x4.splat(2.0 / 9.0)
  series = f32x4.add(f32x4.mul(series, t2), f32x4.splat(2.0 / 7.0))
  series = f32x4.add(f32x4.mul(series, t2), f32x4.splat(2.0 / 5.0))
  series = f32x4.add(f32x4.mul(series, t2), f32x4.splat(2.0 / 3.0))
  series = f32x4.add(f32x4.mul(series, t2), f32x4.splat(2.0))
  const whole = f32x4.mul(f32x4.convert_i32x4_s(exponent), f32x4.splat(LN2))
  return f32x4.add(f32x4.mul(series, t), whole)
}

/** e to the power of x, which is held between −80 and 80. */
export function exp(x: v128): v128 {
  const held = f32x4.pmax(f32x4.pmin(x, f32x4.splat(80)), f32x4.splat(-80))
  // e^x = 2^n · e^r with |r| ≤ ln 2 / 2: the next term of the series is below 1e-8. Beyond 1.5 · 2^23 a float has no
  // fraction left, and its lowest bits are n.
  const shifted = f32x4.add(f32x4.mul(held, f32x4.splat(INVERSE_LN2)), f32x4.splat(WHOLE))
  const n = f32x4.sub(shifted, f32x4.splat(WHOLE))
  const r = f32x4.sub(held, f32x4.mul(n, f32x4.splat(LN2)))
  let series = f32x4.splat(1.0 / 5040.0)
  series = f32x4.add(f32x4.mul(series, r), f32x4.splat(1.0 / 720.0))
  series = f32x4.add(f32x4.mul(series, r), f32x4.splat(1.0 / 120.0))
  series = f32x4.add(f32x4.mul(series, r), f32x4.splat(1.0 / 24.0))
  series = f32x4.add(f32x4.mul(series, r), f32x4.splat(1.0 / 6.0))
  series = f32x4.add(f32x4.mul(series, r), f32x4.splat(0.5))
  series = f32x4.add(f32x4.mul(series, r), f32x4.splat(1))
  series = f32x4.add(f32x4.mul(series, r), f32x4.splat(1))
  const power = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(ONE_BITS))
  return f32x4.mul(series, power)
}
