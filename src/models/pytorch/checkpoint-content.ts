import type { PickleValue } from './pickle/values.js'

/** Pickles hold names and shapes, a few hundred kilobytes for the largest WaveGlow. */
export const maxPickleBytes = 16_000_000

export interface CheckpointContent {
  readonly value: PickleValue
  /** Where each storage begins in the file. */
  readonly offsets: ReadonlyMap<string, number>
  readonly format: 'zip' | 'legacy'
}
