/** Taps of the interpolator and subdivisions of a sample that it tells apart. */
const TAPS = 8
const SUBDIVISIONS = 128
const BEFORE = TAPS / 2 - 1

/** A signal on a grid of its own phase: `values[i]` is the waveform where the phase is (first + i) / pointsPerCycle. */
export interface CycleSignal {
  readonly values: Float64Array
  readonly first: number
  readonly pointsPerCycle: number
}

/**
 * Resamples a waveform from constant time to constant phase steps, which turns a gliding voice into one of
 * constant pitch: its harmonics fall on the bins of a short Fourier transform.
 *
 * @param phaseCycles growing; entry i is the phase at sample start + i
 * @param start sample of the first phase; may be negative (the waveform is silent outside)
 */
export function resampleByCycle(
  waveform: Float32Array,
  start: number,
  phaseCycles: Float64Array,
  pointsPerCycle: number,
): CycleSignal {
  const last = phaseCycles.length - 1
  const first = Math.ceil(phaseCycles[0]! * pointsPerCycle)
  const end = Math.floor(phaseCycles[last]! * pointsPerCycle) + 1
  const values = new Float64Array(Math.max(0, end - first))
  let point = first
  for (let i = 0; i < last; i++) {
    const here = phaseCycles[i]! * pointsPerCycle
    const next = phaseCycles[i + 1]! * pointsPerCycle
    const from = start + i - BEFORE
    const inside = from >= 0 && from + TAPS <= waveform.length
    const scale = SUBDIVISIONS / (next - here)
    for (; point <= next && point < end; point++) {
      if (!inside) continue
      const row = Math.round((point - here) * scale) * TAPS
      let sum = 0
      for (let tap = 0; tap < TAPS; tap++) sum += waveform[from + tap]! * interpolator[row + tap]!
      values[point - first] = sum
    }
  }
  return { values, first, pointsPerCycle }
}

/** Windowed sinc, [SUBDIVISIONS + 1, TAPS], each row of unit gain at DC. */
const interpolator = ((): Float64Array => {
  const table = new Float64Array((SUBDIVISIONS + 1) * TAPS)
  for (let row = 0; row <= SUBDIVISIONS; row++) {
    let sum = 0
    for (let tap = 0; tap < TAPS; tap++) {
      const distance = tap - BEFORE - row / SUBDIVISIONS
      const sinc = distance === 0 ? 1 : Math.sin(Math.PI * distance) / (Math.PI * distance)
      const value = sinc * Math.cos((Math.PI * distance) / (TAPS + 0.5)) ** 2
      table[row * TAPS + tap] = value
      sum += value
    }
    for (let tap = 0; tap < TAPS; tap++) table[row * TAPS + tap]! /= sum
  }
  return table
})()
