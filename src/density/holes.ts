/** A stretch of samples. */
export interface SampleSpan {
  readonly start: number
  readonly end: number
}

/** Shorter flat stretches happen in quiet recordings of 16 bits. */
const shortestSeconds = 0.003

/** What is heard on both sides of a hole, within this time, is louder than this (−46 dB full scale). */
const besideSeconds = 0.01
const besideLevel = 0.005

/** Steps of 16 bits that a flat stretch may wander: rounding, and the ripple of a resampler. */
const flatness = 2 / 32768

/** Stretches of constant samples inside sound: lost packets, mute gaps. In order of time. */
export function findHoles(waveform: Float32Array, sampleRate: number): SampleSpan[] {
  const shortest = Math.round(shortestSeconds * sampleRate)
  const beside = Math.round(besideSeconds * sampleRate)
  const holes: SampleSpan[] = []
  for (let start = 0; start < waveform.length; ) {
    let end = start + 1
    while (end < waveform.length && Math.abs(waveform[end]! - waveform[start]!) <= flatness) end++
    const isInside =
      end - start >= shortest &&
      peak(waveform, start - beside, start) > besideLevel &&
      peak(waveform, end, end + beside) > besideLevel
    if (isInside) holes.push({ start, end })
    start = end
  }
  return holes
}

function peak(waveform: Float32Array, from: number, to: number): number {
  let highest = 0
  for (let i = Math.max(0, from); i < Math.min(to, waveform.length); i++) {
    highest = Math.max(highest, Math.abs(waveform[i]!))
  }
  return highest
}

/** Length of the blocks whose levels are compared, and over how many of them a gap may reach to either side. */
const gapBlockSeconds = 0.004
const gapReach = 10

/** What is quieter than this on one side of a gap is no sound that the gap is in, dB full scale. */
const gapBesideDb = -40
const floorDb = -120

/** How far the level of 4 ms lies below that on both its sides, within 40 ms, at the deepest; dB. */
export function deepestGapDb(waveform: Float32Array, sampleRate: number): number {
  const length = Math.round(gapBlockSeconds * sampleRate)
  const levels: number[] = []
  for (let start = 0; start + length <= waveform.length; start += length) {
    let squares = 0
    for (let i = start; i < start + length; i++) squares += waveform[i]! ** 2
    levels.push(10 * Math.log10(squares / length + 10 ** (floorDb / 10)))
  }
  let deepest = 0
  for (let block = 0; block < levels.length; block++) {
    for (let reach = 1; reach <= gapReach; reach++) {
      const beside = Math.min(levels[block - reach] ?? floorDb, levels[block + reach] ?? floorDb)
      if (beside > gapBesideDb) deepest = Math.max(deepest, beside - levels[block]!)
    }
  }
  return deepest
}
