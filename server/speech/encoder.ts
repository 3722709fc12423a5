/** Samples to the bytes of a format, as they come. */
export interface SpeechEncoder {
  push(samples: Float32Array): Uint8Array
  flush(): Uint8Array
  /** Frees it, whether it has been flushed or not. */
  close?(): void
}

/** Within full scale: encoders of waveforms make noise of what lies beyond. */
export function clipped(samples: Float32Array): Float32Array {
  return samples.map((sample) => Math.max(-1, Math.min(1, sample)))
}
