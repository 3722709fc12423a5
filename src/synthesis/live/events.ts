import type { SynthesisBatch } from './batch.js'

/** What a stream has come to since it was opened. */
export interface StreamTotals {
  readonly frames: number
  readonly samples: number
  /** Its share of the compute time over the time of its audio. */
  readonly rtf: number
}

export interface LiveEvents {
  /** Samples of a stream, in order. `last`: the utterance ends with them; there may then be none. */
  audio(stream: number, samples: Float32Array, last: boolean): void
  /** A call of the engine was made with this batch. */
  called?(batch: SynthesisBatch): void
  /** A chunk was made after it was due although its mel frames had come in time, and its payer had had no more than its share. */
  late(stream: number): void
  /** A stream was given up; no further event comes for it. */
  failed(stream: number, error: Error): void
  /** Nothing can be made any more; every stream was given up. */
  broken(error: Error): void
}
