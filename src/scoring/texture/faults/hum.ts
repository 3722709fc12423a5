import { decibels } from '../../../numeric/stats.js'

/** Mains and their second harmonics: what transformers and rectifiers hum. */
const humHz = [50, 60, 100, 120] as const

/** Rate to which the sound is brought down, roughly: three times the highest line and more. */
const lowRate = 900

/** Longer sound is averaged over windows of this length: it tells 50 from 49.5 Hz, and mains wander less. */
const maxSeconds = 4

/** Distances at which the level around a line is taken: beyond the window's own width. */
const besideHz = [-9, -8, -7, -6, -5, -4, 4, 5, 6, 7, 8, 9]

/** Power of about −120 dB full scale, where a digital zero is put. */
const powerFloor = 1e-12

/** Power of each of `humHz` against the median of that around it, dB, over the whole sound. */
export function humLinesDb(waveform: Float32Array, sampleRate: number): number[] {
  const factor = Math.max(1, Math.round(sampleRate / lowRate))
  const low = decimated(waveform, factor)
  const rate = sampleRate / factor
  const length = Math.min(low.length, Math.round(maxSeconds * rate))
  const window = Float64Array.from(
    { length },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length),
  )
  const powerAt = (hz: number) => meanPower(low, window, hz / rate) + powerFloor
  return humHz.map((hz) => {
    const around = besideHz.map((distance) => powerAt(hz + distance)).sort((a, b) => a - b)
    const middle = around.length / 2
    return decibels((2 * powerAt(hz)) / (around[middle - 1]! + around[middle]!))
  })
}

/** Mean over half overlapping windows of the power at a frequency (Goertzel's recursion). */
function meanPower(signal: Float64Array, window: Float64Array, cyclesPerSample: number): number {
  const factor = 2 * Math.cos(2 * Math.PI * cyclesPerSample)
  const { length } = window
  const hop = Math.max(1, length >> 1)
  let [sum, count] = [0, 0]
  for (let start = 0; start + length <= signal.length && length > 0; start += hop) {
    let [before, last] = [0, 0]
    for (let i = 0; i < length; i++) {
      const next = window[i]! * signal[start + i]! + factor * last - before
      before = last
      last = next
    }
    sum += (before * before + last * last - factor * before * last) / length ** 2
    count++
  }
  return sum / Math.max(1, count)
}

/** Triangular means of 2 · factor samples, one for each `factor`: 40 dB and more against what would fold onto hum. */
function decimated(waveform: Float32Array, factor: number): Float64Array {
  const weights = Float64Array.from(
    { length: 2 * factor },
    (_, i) => (1 - Math.abs((i + 0.5) / factor - 1)) / factor,
  )
  const result = new Float64Array(Math.max(0, Math.floor(waveform.length / factor) - 1))
  for (let k = 0; k < result.length; k++) {
    let sum = 0
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * waveform[k * factor + i]!
    result[k] = sum
  }
  return result
}
