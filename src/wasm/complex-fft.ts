/**
 * Complex discrete Fourier transform of a power of two of at least 16 points, real and imaginary parts apart:
 * Stockham's form, radix 4, decimation in frequency (Van Loan 1992, "Computational Frameworks for the Fast Fourier
 * Transform", section 1.7), four butterflies at a time.
 *
 * `twiddles` has six vectors for each run of each stage of n points: the real and imaginary parts of w^p, w^2p and w^3p
 * with w = e^(−2πi / n). In the first stage the lanes are four p that follow each other, later four times the same p.
 *
 * @param re, im the points, overwritten; @param workRe, workIm as many
 * @returns whether the result lies in `work`
 */
export function complexFft(
  points: i32,
  re: usize,
  im: usize,
  workRe: usize,
  workIm: usize,
  twiddles: usize,
): bool {
  // Neighbours take part in one butterfly later: the four results of each are made planes, then woven together.
  const plane: usize = points
  radix4Stage(points >> 4, 16, plane, plane, 16, re, im, workRe, workIm, twiddles)
  weave(plane, workRe, re)
  weave(plane, workIm, im)
  let fromRe = re
  let fromIm = im
  let toRe = workRe
  let toIm = workIm
  let table = twiddles + 6 * plane
  let n = points >> 2
  let run: usize = 16
  while (n >= 4) {
    radix4Stage(n >> 2, run, (run * n) >> 2, run, 4 * run, fromRe, fromIm, toRe, toIm, table)
    const swapRe = fromRe
    const swapIm = fromIm
    fromRe = toRe
    fromIm = toIm
    toRe = swapRe
    toIm = swapIm
    table += 24 * <usize>n
    n >>= 2
    run <<= 2
  }
  if (n === 2) {
    radix2Stage(run, fromRe, toRe)
    radix2Stage(run, fromIm, toIm)
    return toRe === workRe
  }
  return fromRe === workRe
}

/**
 * All butterflies of one stage of n points. `runs` runs of `run` bytes share their twiddles, six vectors each in
 * `table`; a run's inputs lie `apart` bytes from each other, its outputs `step`.
 */
function radix4Stage(
  runs: i32,
  run: usize,
  apart: usize,
  step: usize,
  nextTo: usize,
  fromRe: usize,
  fromIm: usize,
  toRe: usize,
  toIm: usize,
  table: usize,
): void {
  let from: usize = 0
  let to: usize = 0
  for (let i = 0; i < runs; i++) {
    const w1Re = v128.load(table)
    const w1Im = v128.load(table, 16)
    const w2Re = v128.load(table, 32)
    const w2Im = v128.load(table, 48)
    const w3Re = v128.load(table, 64)
    const w3Im = v128.load(table, 80)
    for (let q: usize = 0; q < run; q += 16) {
      const re = fromRe + from + q
      const im = fromIm + from + q
      const aRe = v128.load(re)
      const aIm = v128.load(im)
      const bRe = v128.load(re + apart)
      const bIm = v128.load(im + apart)
      const cRe = v128.load(re + 2 * apart)
      const cIm = v128.load(im + 2 * apart)
      const dRe = v128.load(re + 3 * apart)
      const dIm = v128.load(im + 3 * apart)
      const acRe = f32x4.add(aRe, cRe)
      const acIm = f32x4.add(aIm, cIm)
      const bdRe = f32x4.add(bRe, dRe)
      const bdIm = f32x4.add(bIm, dIm)
      const acMinusRe = f32x4.sub(aRe, cRe)
      const acMinusIm = f32x4.sub(aIm, cIm)
      const bdMinusRe = f32x4.sub(bRe, dRe)
      const bdMinusIm = f32x4.sub(bIm, dIm)
      const outRe = toRe + to + q
      const outIm = toIm + to + q
      v128.store(outRe, f32x4.add(acRe, bdRe))
      v128.store(outIm, f32x4.add(acIm, bdIm))
      const firstRe = f32x4.add(acMinusRe, bdMinusIm)
      const firstIm = f32x4.sub(acMinusIm, bdMinusRe)
      storeProduct(outRe + step, outIm + step, firstRe, firstIm, w1Re, w1Im)
      const secondRe = f32x4.sub(acRe, bdRe)
      const secondIm = f32x4.sub(acIm, bdIm)
      storeProduct(outRe + 2 * step, outIm + 2 * step, secondRe, secondIm, w2Re, w2Im)
      const thirdRe = f32x4.sub(acMinusRe, bdMinusIm)
      const thirdIm = f32x4.add(acMinusIm, bdMinusRe)
      storeProduct(outRe + 3 * step, outIm + 3 * step, thirdRe, thirdIm, w3Re, w3Im)
    }
    from += run
    to += nextTo
    table += 96
  }
}

function storeProduct(outRe: usize, outIm: usize, re: v128, im: v128, wRe: v128, wIm: v128): void {
  v128.store(outRe, f32x4.sub(f32x4.mul(re, wRe), f32x4.mul(im, wIm)))
  v128.store(outIm, f32x4.add(f32x4.mul(re, wIm), f32x4.mul(im, wRe)))
}

/** Four planes of `plane` bytes → their entries in turn. */
function weave(plane: usize, from: usize, to: usize): void {
  for (let p: usize = 0; p < plane; p += 16) {
    const a = v128.load(from + p)
    const b = v128.load(from + p + plane)
    const c = v128.load(from + p + 2 * plane)
    const d = v128.load(from + p + 3 * plane)
    const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
    const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
    const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
    const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
    const out = to + 4 * p
    v128.store(out, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5))
    v128.store(out + 16, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7))
    v128.store(out + 32, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5))
    v128.store(out + 48, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7))
  }
}

function radix2Stage(run: usize, from: usize, to: usize): void {
  for (let q: usize = 0; q < run; q += 16) {
    const a = v128.load(from + q)
    const b = v128.load(from + q + run)
    v128.store(to + q, f32x4.add(a, b))
    v128.store(to + q + run, f32x4.sub(a, b))
  }
}
