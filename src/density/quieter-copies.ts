import type { HeardStretch } from './recording.js'

/**
 * Levels of the copies of a recording that tell how its statistics change when it is turned down, dB: rounding to 16 bits
 * stays where it is, and comes nearer.
 */
export const copyLevelsDb = [-8, -16] as const

/** A recording's stretch and its copies, as 16-bit files hold them. */
export function withQuieterCopies(stretch: HeardStretch): HeardStretch[] {
  return [stretch, ...copyLevelsDb.map((db) => ({ ...stretch, samples: turnedDown(stretch.samples, db) }))]
}

const steps = 32768

function turnedDown(samples: Float32Array, db: number): Float32Array {
  const gain = steps * 10 ** (db / 20)
  return samples.map((sample) => Math.round(gain * sample) / steps)
}
