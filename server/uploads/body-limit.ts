import type { AudioSource } from '../../src/audio/files/audio-source.js'
import type { AudioLimit } from '../../src/audio/limits.js'
import { type CancelFlag, throwIfCancelled } from '../workers/cancellation.js'

/** Samples for each second that is allowed, all channels together: two channels at the highest usual rate. */
const samplesPerSecond = 2 * 192_000
/**
 * Samples for each byte, besides a first few million. Recordings have fewer than 100, digital silence as FLAC 500; a
 * body that is made to cost time has thousands.
 */
const samplesPerByte = 500
const freeSamples = 4_000_000

/**
 * How much of a body is decoded: a few kilobytes can hold hours of silence.
 *
 * @param seconds that a recording may have
 * @param bytes of the body
 * @param cancel ends the decoding
 */
export function bodyLimit(seconds: number, bytes: number, cancel: CancelFlag): AudioLimit {
  return {
    seconds,
    samples: Math.min(seconds * samplesPerSecond, freeSamples + samplesPerByte * bytes),
    check: () => throwIfCancelled(cancel),
  }
}

/** The same source, whose blocks end once nobody waits for what is made of them. */
export function cancellable(source: AudioSource, cancel: CancelFlag): AudioSource {
  return {
    ...source,
    async *blocks() {
      for await (const block of source.blocks()) {
        throwIfCancelled(cancel)
        yield block
      }
    },
  }
}
