import { exp, log } from './elementary'

/**
 * Band magnitudes. `bandRows` has three i32 for each band: its first bin, how many rows of four weights it has, and
 * the offset of these in bytes.
 */
export function sumBands(bands: i32, bandRows: usize, weights: usize, magnitudes: usize, sums: usize): void {
  for (let band = 0; band < bands; band++) {
    const row = bandRows + 12 * band
    const rows = load<i32>(row, 4)
    let at = magnitudes + 4 * load<i32>(row)
    let weight = weights + load<i32>(row, 8)
    let sum = f32x4.splat(0)
    for (let i = 0; i < rows; i++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load(weight)))
      at += 16
      weight += 16
    }
    const halves = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1))
    store<f32>(sums + 4 * band, f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1))
  }
}

let coarse: f32 = 0
let fine: f32 = 1
let blurs: i32 = 0
let envelope: usize = 0

/** See `coarseDetail`, `fineDetail` and `gainBlurs` in src/audio/mel-refinement/gains.ts. */
export function configureSmoothing(coarseDetail: f32, fineDetail: f32, gainBlurs: i32, bands: i32): void {
  envelope = heap.alloc((<usize>bands * 4 + 15) & ~15)
  coarse = coarseDetail
  fine = fineDetail
  blurs = gainBlurs
}

/**
 * Turns sums into what is missing, log wanted − log sum, in place, smoothed where the wanted mel is; and writes the
 * gains: e to what is missing times `strength`. `maxGain` as in src/audio/mel-refinement/gains.ts; `allowed` is the share of
 * the detail that may be followed.
 */
export function gainsOfBands(
  bands: i32,
  wanted: usize,
  sums: usize,
  gains: usize,
  logFloor: f32,
  maxGain: f32,
  strength: f32,
  allowed: f32,
): void {
  const floor = f32x4.splat(logFloor)
  for (let at: usize = 0; at < (<usize>bands) << 2; at += 16) {
    const missing = f32x4.sub(v128.load(wanted + at), log(f32x4.pmax(v128.load(sums + at), floor)))
    v128.store(sums + at, missing)
  }
  smoothMissing(bands, wanted, sums, gains, allowed)
  for (let at: usize = 0; at < (<usize>bands) << 2; at += 16) {
    const missing = v128.load(sums + at)
    const bounded = f32x4.pmin(missing, f32x4.splat(maxGain))
    v128.store(gains + at, exp(f32x4.mul(bounded, f32x4.splat(strength))))
  }
}

/**
 * Where the wanted mel lacks the detail of the actual one, what is missing is that of their envelopes, by as much as
 * detail lacks. An envelope is the blurred power: harmonics and the valleys between them then weigh as they sound,
 * where a blurred logarithm would raise a sample with valleys until its noise fills them.
 */
function smoothMissing(bands: i32, wanted: usize, missing: usize, buffer: usize, allowed: f32): void {
  let wantedDetail: f32 = 0
  let actualDetail: f32 = 0
  for (let at: usize = 4; at < (<usize>bands - 1) << 2; at += 4) {
    const wantedBend = bend(wanted + at)
    const actualBend = wantedBend - bend(missing + at)
    wantedDetail += wantedBend * wantedBend
    actualDetail += actualBend * actualBend
  }
  const detail = <f32>Math.sqrt(<f64>wantedDetail / Math.max(<f64>actualDetail, 1e-12))
  if (allowed >= 1 && detail >= fine) return
  const kept: f32 = allowed * <f32>Math.min(1, Math.max(0, (detail - coarse) / (fine - coarse)))
  const length = (<usize>bands) << 2
  for (let at: usize = 0; at < length; at += 16) {
    const level = v128.load(wanted + at)
    const two = f32x4.splat(2)
    v128.store(buffer + at, exp(f32x4.mul(level, two)))
    v128.store(envelope + at, exp(f32x4.mul(f32x4.sub(level, v128.load(missing + at)), two)))
  }
  for (let i = 0; i < blurs; i++) {
    blur(bands, buffer)
    blur(bands, envelope)
  }
  for (let at: usize = 0; at < length; at += 16) {
    const difference = f32x4.sub(log(v128.load(buffer + at)), log(v128.load(envelope + at)))
    const detailed = f32x4.mul(v128.load(missing + at), f32x4.splat(kept))
    const smooth = f32x4.mul(difference, f32x4.splat(0.5 * (1 - kept)))
    v128.store(missing + at, f32x4.add(detailed, smooth))
  }
}

/** Second difference at a value that has neighbours. */
function bend(at: usize): f32 {
  return load<f32>(at - 4) - 2 * load<f32>(at) + load<f32>(at + 4)
}

/** ¼, ½, ¼ in place; the first and the last stay. */
function blur(count: i32, values: usize): void {
  let before = load<f32>(values)
  for (let at: usize = 4; at < (<usize>count - 1) << 2; at += 4) {
    const here = load<f32>(values + at)
    store<f32>(values + at, <f32>0.25 * before + <f32>0.5 * here + <f32>0.25 * load<f32>(values + at, 4))
    before = here
  }
}
