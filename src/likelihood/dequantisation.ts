import { fillUniform } from '../numeric/random.js'
import { randomStreams } from '../numeric/random-streams.js'

/** A waveform in ± 1, taken as 16-bit integers: each gets uniform noise of one step, by a fixed seed. */
export function dequantised(waveform: Float32Array, firstSample: number): Float32Array {
  const noise = new Float64Array(waveform.length)
  fillUniform(noise, 0, randomStreams.dequantisation[0], firstSample)
  const result = new Float32Array(waveform.length)
  for (let i = 0; i < result.length; i++) result[i] = waveform[i]! + (noise[i]! - 0.5) / 32768
  return result
}
