/** What lies closer to the extreme than this is on it: a step of 16 bits. */
const tolerance = 1.01 / 32768

/**
 * Samples in runs of two or more at the largest or at the smallest value of the waveform. Unlike `ClipCounter` it
 * counts pairs: clipping that touches only the highest peaks leaves little more.
 */
export function flatTopSamples(waveform: Float32Array): number {
  let [low, high] = [0, 0]
  for (const sample of waveform) {
    if (sample > high) high = sample
    if (sample < low) low = sample
  }
  return runsAt(waveform, high, 1) + runsAt(waveform, -low, -1)
}

function runsAt(waveform: Float32Array, top: number, sign: 1 | -1): number {
  if (top === 0) return 0
  let [count, run] = [0, 0]
  for (const sample of waveform) {
    if (sign * sample >= top - tolerance) {
      run++
      continue
    }
    if (run > 1) count += run
    run = 0
  }
  return run > 1 ? count + run : count
}
