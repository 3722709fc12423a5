/**
 * Frames of `MelProjection` (src/audio/mel-refinement/projection.ts): window, transform, gains, inverse, window, overlap-add. The
 * caller fills the tables once; a call then allocates nothing and keeps nothing.
 */
import { gainsOfBands, sumBands } from './band-gains'
import { complexFft } from './complex-fft'
import { packSpectrum, unpackSpectrum } from './real-spectrum'

export { configureSmoothing } from './band-gains'

let size: i32 = 0
let half: i32 = 0
let hop: i32 = 0
let bands: i32 = 0
/** Bins from here on no band sees. */
let end: i32 = 0

let re: usize = 0
let im: usize = 0
let workRe: usize = 0
let workIm: usize = 0
let magnitudes: usize = 0
let binGains: usize = 0
let sums: usize = 0
let bandGains: usize = 0

/** Tables and buffers of the caller; see `configure` and `project`. */
export let input: usize = 0
export let output: usize = 0
export let wanted: usize = 0
export let details: usize = 0
export let window: usize = 0
export let twiddles: usize = 0
export let rotation: usize = 0
export let bandRows: usize = 0
export let bandWeights: usize = 0
export let lowerBands: usize = 0
export let fallingShares: usize = 0

/** Whatever is louder is no sound, and its square would not be a number any more. */
const LOUDEST: f32 = 1e6

/**
 * Lays the memory out for at most `frames` frames in a call. Then the caller writes, all f32 unless said otherwise: `window` [fftSize]; `twiddles`
 * (complex-fft.ts); `rotation` (real-spectrum.ts); `bandRows` and `bandWeights` (band-gains.ts); for each of the
 * first `seenBins` bins the byte offset of its falling band's gain in `lowerBands` (i32), and that band's share.
 */
export function configure(
  fftSize: i32,
  hopLength: i32,
  melBands: i32,
  frames: i32,
  seenBins: i32,
  weights: i32,
): void {
  size = fftSize
  half = fftSize / 2
  hop = hopLength
  bands = melBands
  end = seenBins
  const bins = half + 8
  re = floats(bins)
  im = floats(bins)
  workRe = floats(bins)
  workIm = floats(bins)
  magnitudes = floats(bins)
  binGains = floats(bins)
  sums = floats(bands + 4)
  // One without a gain of its own before the first band and behind the last.
  bandGains = floats(bands + 8)
  input = floats(size + (frames - 1) * hop)
  output = floats(size + (frames - 1) * hop)
  wanted = floats(frames * bands + 4)
  details = floats(frames)
  window = floats(size)
  twiddles = floats(4 * size)
  rotation = floats(2 * (half + 4))
  bandRows = floats(3 * bands)
  bandWeights = floats(weights)
  lowerBands = floats(bins)
  fallingShares = floats(bins)
}

function floats(count: i32): usize {
  const bytes = (<usize>count * 4 + 15) & ~15
  const pointer = heap.alloc(bytes)
  memory.fill(pointer, 0, bytes)
  return pointer
}

/**
 * Takes frames that start every hop in `input`, moves each toward its row of `wanted` [wantedRows, melBands], and adds
 * it, windowed twice, to `output` at its place. Frames beyond these rows stay as they are.
 *
 * `details` has for each row the share of the mel's detail that its gains may follow.
 *
 * @param topBands, tolerance as in src/audio/mel-refinement/gains.ts
 */
export function project(
  frames: i32,
  wantedRows: i32,
  strength: f32,
  logFloor: f32,
  maxGain: f32,
  topBands: i32,
  tolerance: f32,
): void {
  for (let frame = 0; frame < frames; frame++) {
    const start = (<usize>frame * hop) << 2
    loadFrame(input + start)
    const row = wanted + ((<usize>frame * bands) << 2)
    projectFrame(
      row,
      output + start,
      load<f32>(details + ((<usize>frame) << 2)),
      frame < wantedRows ? strength : 0,
      logFloor,
      maxGain,
      topBands,
      tolerance,
    )
  }
}

function projectFrame(
  wantedRow: usize,
  target: usize,
  allowedDetail: f32,
  strength: f32,
  logFloor: f32,
  maxGain: f32,
  topBands: i32,
  tolerance: f32,
): void {
  const forward = complexFft(half, re, im, workRe, workIm, twiddles)
  const spectrumRe = forward ? workRe : re
  const spectrumIm = forward ? workIm : im
  unpackSpectrum(half, spectrumRe, spectrumIm, rotation)
  for (let at: usize = 0; at <= (<usize>half) << 2; at += 16) {
    const x = v128.load(spectrumRe + at)
    const y = v128.load(spectrumIm + at)
    v128.store(magnitudes + at, f32x4.sqrt(f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y))))
  }
  sumBands(bands, bandRows, bandWeights, magnitudes, sums)
  gainsOfBands(bands, wantedRow, sums, bandGains + 16, logFloor, maxGain, strength, allowedDetail)
  gainsOfBins(strength, topBands, tolerance)
  for (let at: usize = 0; at <= (<usize>half) << 2; at += 16) {
    const gain = v128.load(binGains + at)
    v128.store(spectrumRe + at, f32x4.mul(v128.load(spectrumRe + at), gain))
    v128.store(spectrumIm + at, f32x4.mul(v128.load(spectrumIm + at), gain))
  }
  packSpectrum(half, spectrumRe, spectrumIm, rotation)
  // With real and imaginary parts swapped, the transform is its own inverse.
  const otherRe = forward ? re : workRe
  const otherIm = forward ? im : workIm
  const inOther = complexFft(half, spectrumIm, spectrumRe, otherIm, otherRe, twiddles)
  addFrame(inOther ? otherRe : spectrumRe, inOther ? otherIm : spectrumIm, target)
}

/** Even samples are the real parts, odd ones the imaginary parts. */
function loadFrame(frame: usize): void {
  const loudest = f32x4.splat(LOUDEST)
  const lowest = f32x4.splat(-LOUDEST)
  for (let at: usize = 0; at < (<usize>half) << 2; at += 16) {
    const a = v128.load(frame + 2 * at)
    const b = v128.load(frame + 2 * at + 16)
    const x = f32x4.mul(f32x4.pmax(f32x4.pmin(a, loudest), lowest), v128.load(window + 2 * at))
    const y = f32x4.mul(f32x4.pmax(f32x4.pmin(b, loudest), lowest), v128.load(window + 2 * at + 16))
    v128.store(re + at, v128.shuffle<f32>(x, y, 0, 2, 4, 6))
    v128.store(im + at, v128.shuffle<f32>(x, y, 1, 3, 5, 7))
  }
}

function addFrame(samplesRe: usize, samplesIm: usize, target: usize): void {
  const scale = f32x4.splat(1 / <f32>half)
  for (let at: usize = 0; at < (<usize>half) << 2; at += 16) {
    const x = f32x4.mul(v128.load(samplesRe + at), scale)
    const y = f32x4.mul(v128.load(samplesIm + at), scale)
    const a = v128.shuffle<f32>(x, y, 0, 4, 1, 5)
    const b = v128.shuffle<f32>(x, y, 2, 6, 3, 7)
    addWindowed(a, window + 2 * at, target + 2 * at)
    addWindowed(b, window + 2 * at + 16, target + 2 * at + 16)
  }
}

function addWindowed(samples: v128, weights: usize, target: usize): void {
  const windowed = f32x4.mul(samples, v128.load(weights))
  v128.store(target, f32x4.add(v128.load(target), windowed))
}

/** Between bands the mean weighted by their triangles; above all bands 1, or less when the top is too loud. */
function gainsOfBins(strength: f32, topBands: i32, tolerance: f32): void {
  for (let bin: usize = 0; bin < (<usize>end) << 2; bin += 4) {
    const lower = bandGains + load<i32>(lowerBands + bin)
    const rising = load<f32>(lower, 4)
    const gain = rising + load<f32>(fallingShares + bin) * (load<f32>(lower) - rising)
    store<f32>(binGains + bin, gain)
  }
  let missing: f32 = 0
  for (let band = bands - topBands; band < bands; band++) missing += load<f32>(sums + 4 * band)
  const excess = -missing / <f32>topBands - tolerance
  const above = excess > 0 ? <f32>Math.exp(<f64>(-strength * excess)) : 1
  for (let bin: usize = end; bin <= <usize>half; bin++) store<f32>(binGains + 4 * bin, above)
}
