import { log } from './elementary'

/** Room for the caller's values. */
export const room: i32 = 8192
export const values: usize = memory.data(8192 * 4, 16)

const HALF_PI: f32 = <f32>(Math.PI / 2)

/** The finaliser of src/numeric/random.ts, four at a time. */
function mix(value: v128): v128 {
  let h = v128.xor(value, i32x4.shr_u(value, 16))
  h = i32x4.mul(h, i32x4.splat(<i32>0x85ebca6b))
  h = v128.xor(h, i32x4.shr_u(h, 13))
  h = i32x4.mul(h, i32x4.splat(<i32>0xc2b2ae35))
  return v128.xor(h, i32x4.shr_u(h, 16))
}

/** Uniform in (0, 1], by the key of src/numeric/random.ts. */
function uniform(index: v128, key: i32): v128 {
  const keyed = mix(i32x4.add(index, i32x4.splat(key)))
  const bits = mix(v128.xor(keyed, i32x4.splat(key * 0x27d4eb2f)))
  return f32x4.mul(f32x4.add(f32x4.convert_i32x4_u(bits), f32x4.splat(0.5)), f32x4.splat(1.0 / 4294967296.0))
}

/**
 * Normal values of the given deviation for indices from `start`, which is even, on: as `fillNormal`, in single
 * precision. `count` is at most `room`; up to 7 values more are written.
 */
export function fill(count: i32, key: i32, start: i32, deviation: f32): void {
  let even = i32x4.add(i32x4.splat(start), i32x4(0, 2, 4, 6))
  for (let at = values; at < values + ((<usize>count) << 2); at += 32) {
    const radius = f32x4.mul(
      f32x4.sqrt(f32x4.mul(log(uniform(even, key)), f32x4.splat(-2))),
      f32x4.splat(deviation),
    )
    // Quarter turns: the whole ones by exchange and sign, the rest by its series.
    const quarters = f32x4.mul(uniform(i32x4.add(even, i32x4.splat(1)), key), f32x4.splat(4))
    const whole = f32x4.nearest(quarters)
    const turns = i32x4.trunc_sat_f32x4_s(whole)
    const x = f32x4.mul(f32x4.sub(quarters, whole), f32x4.splat(HALF_PI))
    const x2 = f32x4.mul(x, x)
    let sine = f32x4.splat(1.0 / 362880.0)
    sine = f32x4.sub(f32x4.mul(sine, x2), f32x4.splat(1.0 / 5040.0))
    sine = f32x4.add(f32x4.mul(sine, x2), f32x4.splat(1.0 / 120.0))
    sine = f32x4.sub(f32x4.mul(sine, x2), f32x4.splat(1.0 / 6.0))
    sine = f32x4.add(f32x4.mul(f32x4.mul(sine, x2), x), x)
    let cosine = f32x4.splat(1.0 / 40320.0)
    cosine = f32x4.sub(f32x4.mul(cosine, x2), f32x4.splat(1.0 / 720.0))
    cosine = f32x4.add(f32x4.mul(cosine, x2), f32x4.splat(1.0 / 24.0))
    cosine = f32x4.sub(f32x4.mul(cosine, x2), f32x4.splat(0.5))
    cosine = f32x4.add(f32x4.mul(cosine, x2), f32x4.splat(1))
    const odd = i32x4.neg(v128.and(turns, i32x4.splat(1)))
    const two = i32x4.splat(2)
    const sineSign = i32x4.shl(v128.and(turns, two), 30)
    const cosineSign = i32x4.shl(v128.and(i32x4.add(turns, i32x4.splat(1)), two), 30)
    const first = f32x4.mul(v128.xor(v128.bitselect(sine, cosine, odd), cosineSign), radius)
    const second = f32x4.mul(v128.xor(v128.bitselect(cosine, sine, odd), sineSign), radius)
    v128.store(at, v128.shuffle<f32>(first, second, 0, 4, 1, 5))
    v128.store(at + 16, v128.shuffle<f32>(first, second, 2, 6, 3, 7))
    even = i32x4.add(even, i32x4.splat(8))
  }
}
