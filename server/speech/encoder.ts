/** Samples to the bytes of a format, as they come. */
export interface SpeechEncoder {
  push(samples: Float32Array): Uint8Array
  flush(): Uint8Array
  /** Frees it, whether it has been flushed or not. */
  close?(): void
}
