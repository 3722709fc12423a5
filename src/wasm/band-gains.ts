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

/**
 * Turns sums into what is missing, log wanted − log sum, in place, and writes the gains: the ratio of the wanted to the
 * actual band to the power of `strength`. `maximumGain` as in src/audio/mel-gains.ts.
 */
export function gainsOfBands(
  bands: i32,
  wanted: usize,
  sums: usize,
  gains: usize,
  logFloor: f32,
  maximumGain: f32,
  strength: f32,
): void {
  const floor = f32x4.splat(logFloor)
  for (let at: usize = 0; at < (<usize>bands) << 2; at += 16) {
    const missing = f32x4.sub(v128.load(wanted + at), log(f32x4.max(v128.load(sums + at), floor)))
    v128.store(sums + at, missing)
    const bounded = f32x4.min(missing, f32x4.splat(maximumGain))
    v128.store(gains + at, exp(f32x4.mul(bounded, f32x4.splat(strength))))
  }
}
