import { decibels, meanSquare } from '../../numeric/stats.js'

/**
 * Level of each whole block, dB full scale; −∞ of digital silence where there is no floor.
 *
 * @param length samples of a block
 * @param hop samples from a block to the next; default: as many
 * @param powerFloor added to each power; default 0
 */
export function blockLevels(
  waveform: Float32Array,
  length: number,
  hop = length,
  powerFloor = 0,
): Float64Array {
  const levels = new Float64Array(Math.max(0, Math.floor((waveform.length - length) / hop) + 1))
  for (let block = 0; block < levels.length; block++) {
    levels[block] = decibels(meanSquare(waveform.subarray(block * hop, block * hop + length)) + powerFloor)
  }
  return levels
}
