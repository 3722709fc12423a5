/**
 * Complex discrete Fourier transform of a power of two of at least 16 points, real and imaginary parts apart:
 * Stockham's form, radix 4, decimation in frequency (Van Loan 1992, "Computational Frameworks for the Fast Fourier
 * Transform", section 1.7), four butterflies at a time.
 *
 * `twiddles` has, for each stage of n points, six rows of n / 4: the real and imaginary parts of w^p, w^2p and w^3p
 * with w = e^(−2πi / n).
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
  firstStage(points, re, im, workRe, workIm, twiddles)
  let fromRe = re
  let fromIm = im
  let toRe = workRe
  let toIm = workIm
  let table = twiddles + <usize>points * 6
  let n = points >> 2
  let stride = 4
  while (n >= 4) {
    radix4Stage(n, stride, fromRe, fromIm, toRe, toIm, table)
    const swapRe = fromRe
    const swapIm = fromIm
    fromRe = toRe
    fromIm = toIm
    toRe = swapRe
    toIm = swapIm
    table += <usize>n * 6
    n >>= 2
    stride <<= 2
  }
  if (n === 2) {
    radix2Stage(stride, fromRe, toRe)
    radix2Stage(stride, fromIm, toIm)
    return toRe === workRe
  }
  return fromRe === workRe
}

/** Neighbours take part in one butterfly later: the four results of each are made planes, then woven together. */
function firstStage(n: i32, re: usize, im: usize, workRe: usize, workIm: usize, table: usize): void {
  const quarter: usize = n
  for (let p: usize = 0; p < quarter; p += 16) {
    butterfly(
      re + p,
      im + p,
      quarter,
      workRe + p,
      workIm + p,
      quarter,
      v128.load(table + p),
      v128.load(table + p + quarter),
      v128.load(table + p + 2 * quarter),
      v128.load(table + p + 3 * quarter),
      v128.load(table + p + 4 * quarter),
      v128.load(table + p + 5 * quarter),
    )
  }
  weave(quarter, workRe, re)
  weave(quarter, workIm, im)
}

function radix4Stage(
  n: i32,
  stride: i32,
  fromRe: usize,
  fromIm: usize,
  toRe: usize,
  toIm: usize,
  table: usize,
): void {
  const row: usize = n
  const run = (<usize>stride) << 2
  const quarter = (run * row) >> 2
  let from: usize = 0
  let to: usize = 0
  for (let p: usize = 0; p < row; p += 4) {
    const w1Re = v128.load32_splat(table + p)
    const w1Im = v128.load32_splat(table + p + row)
    const w2Re = v128.load32_splat(table + p + 2 * row)
    const w2Im = v128.load32_splat(table + p + 3 * row)
    const w3Re = v128.load32_splat(table + p + 4 * row)
    const w3Im = v128.load32_splat(table + p + 5 * row)
    for (let q: usize = 0; q < run; q += 16) {
      butterfly(
        fromRe + from + q,
        fromIm + from + q,
        quarter,
        toRe + to + q,
        toIm + to + q,
        run,
        w1Re,
        w1Im,
        w2Re,
        w2Im,
        w3Re,
        w3Im,
      )
    }
    from += run
    to += 4 * run
  }
}

/** Inputs lie `apart` bytes from each other, outputs `step`. */
function butterfly(
  re: usize,
  im: usize,
  apart: usize,
  outRe: usize,
  outIm: usize,
  step: usize,
  w1Re: v128,
  w1Im: v128,
  w2Re: v128,
  w2Im: v128,
  w3Re: v128,
  w3Im: v128,
): void {
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
  v128.store(outRe, f32x4.add(acRe, bdRe))
  v128.store(outIm, f32x4.add(acIm, bdIm))
  storeProduct(
    outRe + step,
    outIm + step,
    f32x4.add(acMinusRe, bdMinusIm),
    f32x4.sub(acMinusIm, bdMinusRe),
    w1Re,
    w1Im,
  )
  storeProduct(outRe + 2 * step, outIm + 2 * step, f32x4.sub(acRe, bdRe), f32x4.sub(acIm, bdIm), w2Re, w2Im)
  storeProduct(
    outRe + 3 * step,
    outIm + 3 * step,
    f32x4.sub(acMinusRe, bdMinusIm),
    f32x4.add(acMinusIm, bdMinusRe),
    w3Re,
    w3Im,
  )
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

function radix2Stage(stride: i32, from: usize, to: usize): void {
  const run = (<usize>stride) << 2
  for (let q: usize = 0; q < run; q += 16) {
    const a = v128.load(from + q)
    const b = v128.load(from + q + run)
    v128.store(to + q, f32x4.add(a, b))
    v128.store(to + q + run, f32x4.sub(a, b))
  }
}
