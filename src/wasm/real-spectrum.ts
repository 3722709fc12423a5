/**
 * From the transform of a real signal's even samples (real parts) and odd samples (imaginary parts) to its spectrum
 * and back, in place (Press et al., "Numerical Recipes", "FFT of Single Real Function"). Real and imaginary parts
 * apart, half + 1 bins, of which the last is written or read behind the others.
 *
 * `rotation` has the cosines, then the sines of 2πk / size for k = 0 … half, rows of half + 4.
 */

/** Transform of `half` points → spectrum of half + 1 bins. */
export function unpackSpectrum(half: i32, re: usize, im: usize, rotation: usize): void {
  const firstRe = load<f32>(re)
  const firstIm = load<f32>(im)
  pairs(half, re, im, rotation, 1)
  store<f32>(re, firstRe + firstIm)
  store<f32>(im, 0)
  store<f32>(re + 4 * half, firstRe - firstIm)
  store<f32>(im + 4 * half, 0)
}

/** Spectrum of half + 1 bins → transform of `half` points. */
export function packSpectrum(half: i32, re: usize, im: usize, rotation: usize): void {
  const first = load<f32>(re)
  const last = load<f32>(re + 4 * half)
  pairs(half, re, im, rotation, -1)
  store<f32>(re, 0.5 * (first + last))
  store<f32>(im, 0.5 * (first - last))
}

/** Bins k and half − k for k = 1 … half / 2; `direction` 1 unpacks, −1 packs. */
function pairs(half: i32, re: usize, im: usize, rotation: usize, direction: f32): void {
  const sines = rotation + 4 * (half + 4)
  const sign = f32x4.splat(direction)
  const point5 = f32x4.splat(0.5)
  for (let k: usize = 1; k < <usize>half / 2; k += 4) {
    const lower = k << 2
    // Bins half − k − 3 … half − k, read backwards.
    const upper = (<usize>half - k - 3) << 2
    const aRe = v128.load(re + lower)
    const aIm = v128.load(im + lower)
    const bRe = reversed(v128.load(re + upper))
    const bIm = reversed(v128.load(im + upper))
    const sumRe = f32x4.mul(f32x4.add(aRe, bRe), point5)
    const sumIm = f32x4.mul(f32x4.sub(aIm, bIm), point5)
    const differenceRe = f32x4.mul(f32x4.sub(aRe, bRe), point5)
    const differenceIm = f32x4.mul(f32x4.add(aIm, bIm), point5)
    // −i (unpack) or i (pack) times the difference, turned by the rotation: product = (turnedRe, turnedIm).
    const cos = f32x4.mul(v128.load(rotation + lower), sign)
    const sin = v128.load(sines + lower)
    const turnedRe = f32x4.sub(f32x4.mul(differenceIm, cos), f32x4.mul(differenceRe, sin))
    const turnedIm = f32x4.neg(f32x4.add(f32x4.mul(differenceRe, cos), f32x4.mul(differenceIm, sin)))
    v128.store(re + lower, f32x4.add(sumRe, turnedRe))
    v128.store(im + lower, f32x4.add(sumIm, turnedIm))
    v128.store(re + upper, reversed(f32x4.sub(sumRe, turnedRe)))
    v128.store(im + upper, reversed(f32x4.sub(turnedIm, sumIm)))
  }
}

function reversed(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 3, 2, 1, 0)
}
