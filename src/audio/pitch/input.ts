import { invalidArgument, invalidAudio, nonFinite } from '../../errors.js'

/** Rejects what no pitch analysis can answer for: an empty waveform, or one with NaN or infinite samples. */
export function assertWaveform(waveform: Float32Array, field = 'waveform'): void {
  if (waveform.length === 0) throw invalidAudio(field, '0 samples', 'at least 1 sample')
  assertFinite(waveform, field)
}

/** Rejects NaN and infinite values, naming the first. */
export function assertFinite(values: Float32Array, field: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) {
      throw nonFinite(field, `${values[i]} at index ${i}`, 'finite values')
    }
  }
}

/** Rejects a number outside [min, max]. */
export function assertRange(value: number, min: number, max: number, field: string): void {
  if (!(value >= min && value <= max)) {
    throw invalidArgument(field, String(value), `a number from ${min} to ${max}`)
  }
}

/** Rejects anything but a positive integer up to `max`. */
export function assertCount(value: number, max: number, field: string): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw invalidArgument(field, String(value), `an integer from 1 to ${max}`)
  }
}

/** Whether a value, Hz, is that of a voice, or 0 for none. */
export function isF0(value: number): boolean {
  return value === 0 || (value >= 20 && value <= 2000)
}
