import { uniformAt } from '../numeric/random.js'
import { randomStreams } from '../numeric/random-streams.js'

/** A waveform in ± 1, taken as 16-bit integers: each gets uniform noise of one step, by a fixed seed. */
export function dequantised(waveform: Float32Array, firstSample: number): Float32Array {
  return waveform.map(
    (value, i) => value + (uniformAt(0, randomStreams.dequantisation[0], firstSample + i) - 0.5) / 32768,
  )
}
