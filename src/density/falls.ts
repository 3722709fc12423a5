import { blockLevels } from './gaps.js'

/** Levels are taken of blocks this long. */
const blockSeconds = 0.01

/** Over how many blocks a fall is measured. */
const fallBlocks = [2, 5] as const

/** Falls from below this under the loud parts are falls of noise, dB. */
const loudRangeDb = 30

/** Share of the blocks counted as loud parts, and of the falls that the steep ones exceed. */
const loudShare = 0.05
const steepShare = 0.02

/**
 * How fast sound dies away where it does so fastest, dB: what all but 2 % of the falls of the level stay below, over
 * 20 and 50 ms, of the sound itself and with its highs lifted. Echoes fill the falls of dry speech.
 */
export function steepFallsDb(waveform: Float32Array, sampleRate: number): number[] {
  const lifted = waveform.map((sample, i) => sample - 0.95 * (waveform[i - 1] ?? 0))
  const length = Math.round(blockSeconds * sampleRate)
  return [waveform, lifted].flatMap((signal) => {
    const levels = blockLevels(signal, length, length)
    const loud = quantile(levels, 1 - loudShare)
    return fallBlocks.map((blocks) => {
      const falls: number[] = []
      for (let block = 0; block + blocks < levels.length; block++) {
        if (levels[block]! > loud - loudRangeDb) falls.push(levels[block]! - levels[block + blocks]!)
      }
      return quantile(falls, 1 - steepShare)
    })
  })
}

/** 0 where there are no values. */
function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
