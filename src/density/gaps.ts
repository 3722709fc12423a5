/** Power of about −90 dB full scale, where a digital zero is put. */
const powerFloor = 1e-9

/** A shorter gap hides between the pulses of a low voice. */
const shortGapSeconds = 0.002

/** Sound on both sides within this time of a short gap, and not nearer than a block, is what it is in. */
const shortReachSeconds = 0.012
const shortBesideDb = -45

/**
 * How far the level of 2 ms lies below the loudest 2 ms on either side, within 12 ms, at the deepest; dB. Blocks overlap
 * by half, so that a gap of 3 ms holds a whole one wherever it begins.
 */
export function shortGapDb(waveform: Float32Array, sampleRate: number): number {
  const length = Math.round(shortGapSeconds * sampleRate)
  const hop = Math.max(1, length >> 1)
  const levels = blockLevels(waveform, length, hop)
  const reach = Math.round((shortReachSeconds * sampleRate) / hop)
  let deepest = 0
  for (let block = 0; block < levels.length; block++) {
    if (levels[block]! > -deepest) continue
    const left = highest(levels, block - reach, block - 1)
    const right = highest(levels, block + 2, block + reach + 1)
    const beside = Math.min(left, right)
    if (beside > shortBesideDb) deepest = Math.max(deepest, beside - levels[block]!)
  }
  return deepest
}

/** Length of the blocks whose levels are compared, and over how many of them a gap may reach to either side. */
const gapBlockSeconds = 0.004
const gapReach = 10

/** What is quieter than this on one side of a gap is no sound that the gap is in, dB full scale. */
const gapBesideDb = -40

/** How far the level of 4 ms lies below that on both its sides, within 40 ms, at the deepest; dB. */
export function deepestGapDb(waveform: Float32Array, sampleRate: number): number {
  const length = Math.round(gapBlockSeconds * sampleRate)
  const levels = blockLevels(waveform, length, length)
  let deepest = 0
  for (let block = 0; block < levels.length; block++) {
    for (let reach = 1; reach <= Math.min(gapReach, block, levels.length - 1 - block); reach++) {
      const beside = Math.min(levels[block - reach]!, levels[block + reach]!)
      if (beside > gapBesideDb) deepest = Math.max(deepest, beside - levels[block]!)
    }
  }
  return deepest
}

/** What is heard within this time on both sides of a flat stretch is louder than this (−46 dB full scale). */
const flatBesideSeconds = 0.005
const flatBesideLevel = 0.005

/** How far a flat stretch may wander: the rounding of 16 bits, half a step either way and a little. */
const flatTolerance = 1.5 / 32768

/** Longest stretch of constant samples inside sound, ms: lost packets, mute gaps. */
export function longestFlatMs(waveform: Float32Array, sampleRate: number): number {
  const beside = Math.round(flatBesideSeconds * sampleRate)
  let longest = 0
  for (let start = 0; start < waveform.length; ) {
    const value = waveform[start]!
    let end = start + 1
    while (end < waveform.length && Math.abs(waveform[end]! - value) <= flatTolerance) end++
    const isInside =
      end - start > longest &&
      peak(waveform, start - beside, start) > flatBesideLevel &&
      peak(waveform, end, end + beside) > flatBesideLevel
    if (isInside) longest = end - start
    start = end
  }
  return (1000 * longest) / sampleRate
}

/** Level of each block, dB full scale. */
export function blockLevels(waveform: ArrayLike<number>, length: number, hop: number): Float64Array {
  const levels = new Float64Array(Math.max(0, Math.floor((waveform.length - length) / hop) + 1))
  for (let block = 0; block < levels.length; block++) {
    let squares = 0
    for (let i = block * hop; i < block * hop + length; i++) squares += waveform[i]! * waveform[i]!
    levels[block] = 10 * Math.log10(squares / length + powerFloor)
  }
  return levels
}

function highest(levels: Float64Array, from: number, to: number): number {
  let result = Number.NEGATIVE_INFINITY
  for (let i = Math.max(0, from); i < Math.min(to, levels.length); i++) {
    if (levels[i]! > result) result = levels[i]!
  }
  return result
}

function peak(waveform: Float32Array, from: number, to: number): number {
  let result = 0
  for (let i = Math.max(0, from); i < Math.min(to, waveform.length); i++) {
    result = Math.max(result, Math.abs(waveform[i]!))
  }
  return result
}
