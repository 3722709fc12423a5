import { blockLevels } from '../../../../src/audio/metering/block-levels.js'

/** The measures by their definitions, over all of a waveform at 22,050 Hz and with nothing left out for speed. */
export const definitions = { shortDropoutDb, deepestDropoutDb, maxFlatMs, clickSharpness, flatTopSamples }

/** 2 ms every 1 ms against the loudest 2 ms on either side within 12 ms, but for the neighbours. */
function shortDropoutDb(x: Float32Array): number {
  const levels = blockLevels(x, 44, 22, 1e-9)
  const depths = Array.from(levels, (level, block) => {
    const left = Math.max(...levels.subarray(Math.max(0, block - 12), Math.max(0, block - 1)))
    const right = Math.max(...levels.subarray(block + 2, block + 13))
    const beside = Math.min(left, right)
    return beside > -45 ? beside - level : 0
  })
  return Math.max(0, ...depths)
}

/** 4 ms against those equally far on either side, up to 40 ms. */
function deepestDropoutDb(x: Float32Array): number {
  const levels = blockLevels(x, 88, 88, 1e-9)
  let deepest = 0
  for (const [block, level] of levels.entries()) {
    for (let reach = 1; reach <= 10; reach++) {
      const beside = Math.min(levels[block - reach] ?? -100, levels[block + reach] ?? -100)
      if (beside > -40) deepest = Math.max(deepest, beside - level)
    }
  }
  return deepest
}

/** Runs that stay within 1.5 steps of 16 bits of their first sample, with 5 ms on both sides that are not quiet. */
function maxFlatMs(x: Float32Array): number {
  const loudest = (part: Float32Array) =>
    part.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0)
  const lengths = [0]
  for (let start = 0; start < x.length; ) {
    let end = start
    while (end < x.length && Math.abs(x[end]! - x[start]!) <= 1.5 / 32768) end++
    const sides = [x.subarray(Math.max(0, start - 110), start), x.subarray(end, end + 110)]
    if (sides.every((side) => loudest(side) > 0.005)) lengths.push((1000 * (end - start)) / 22_050)
    start = end
  }
  return Math.max(...lengths)
}

/** Largest fourth difference in 4 samples against the largest in those up to 40 blocks away, but for the neighbours. */
function clickSharpness(x: Float32Array): number {
  const peaks = new Float64Array(Math.ceil(x.length / 4))
  for (let i = 4; i < x.length; i++) {
    const size = Math.abs(x[i]! - 4 * x[i - 1]! + 6 * x[i - 2]! - 4 * x[i - 3]! + x[i - 4]!)
    peaks[Math.floor(i / 4)] = Math.max(peaks[Math.floor(i / 4)]!, size)
  }
  const ratios = Array.from(peaks, (peak, block) => {
    const before = peaks.subarray(Math.max(0, block - 40), Math.max(0, block - 1))
    const behind = peaks.subarray(block + 2, block + 41)
    return peak / Math.max(5e-4, ...before, ...behind)
  })
  return Math.log(Math.max(1, ...ratios))
}

/** Samples in runs of two and more within a step of 16 bits of the largest or of the smallest. */
function flatTopSamples(x: Float32Array): number {
  const isTop = (i: number, sign: number, top: number) =>
    i >= 0 && i < x.length && sign * x[i]! >= top - 1.01 / 32768
  let count = 0
  for (const sign of [1, -1]) {
    const top = x.reduce((highest, sample) => Math.max(highest, sign * sample), 0)
    for (let i = 0; top > 0 && i < x.length; i++) {
      if (isTop(i, sign, top) && (isTop(i - 1, sign, top) || isTop(i + 1, sign, top))) count++
    }
  }
  return count
}

/**
 * Every 5 ms, 5 ms of second differences predicted by those 2.5 to 60 ms earlier: how many dB the error of the best lag
 * lies below that of the best lag elsewhere, which may lie between samples.
 */
export function repeatDb(x: Float32Array): number {
  const [length, minLag, maxLag] = [110, 55, 1323]
  const least = 1.6e-8 * length
  const y = new Float64Array(maxLag + x.length)
  for (let i = 2; i < x.length; i++) y[maxLag + i] = x[i]! - 2 * x[i - 1]! + x[i - 2]!
  const product = (a: number, b: number) => {
    let total = 0
    for (let i = 0; i < length; i++) total += y[a + i]! * y[b + i]!
    return total
  }
  let largest = 0
  for (let start = maxLag; start + length <= y.length; start += length) {
    const energy = product(start, start)
    if (energy < least) continue
    const shares = Array.from({ length: maxLag - minLag + 1 }, (_, i) => {
      const earlier = start - maxLag + i
      const [both, before] = [product(start, earlier), product(earlier, earlier)]
      return both > 0 && before > least ? both ** 2 / (before * energy) : 0
    })
    const best = shares.indexOf(Math.max(...shares))
    const elsewhere = shares.map((share, i) => (Math.abs(i - best) > 22 ? share : -1))
    const sides = [
      elsewhere.map((share, i) => (i < best ? share : -1)),
      elsewhere.map((share, i) => (i > best ? share : -1)),
    ]
    const peaks = sides.map((side) => {
      const at = side.indexOf(Math.max(...side))
      return side[at]! < 0 ? 0 : vertex(shares[at - 1], shares[at]!, shares[at + 1])
    })
    const error = (share: number) => Math.max(1e-6, 1 - share)
    largest = Math.max(largest, 10 * Math.log10(error(Math.max(...peaks)) / error(shares[best]!)))
  }
  return largest
}

/** Height of the parabola through three points, where it has its top between them. */
function vertex(a: number | undefined, b: number, c: number | undefined): number {
  if (a === undefined || c === undefined || a > b || c > b || 2 * b - a - c <= 0) return b
  return Math.min(1, b + (a - c) ** 2 / (8 * (2 * b - a - c)))
}
