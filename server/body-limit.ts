import type { AudioLimit } from '../src/audio/audio-limit.js'

/** Samples for each second that is allowed, all channels together: two channels at the highest usual rate. */
const samplesPerSecond = 2 * 192_000

/** How much of a body is decoded: a few kilobytes can hold hours of silence. */
export function bodyLimit(seconds: number): AudioLimit {
  return { seconds, samples: seconds * samplesPerSecond }
}
