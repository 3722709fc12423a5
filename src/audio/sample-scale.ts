import { GlowcastError } from '../errors.js'
import { largestSample } from './finite.js'

/**
 * Refuses integers that were written as floats: they would be clipped, and a level of 32,768 be taken for loud. What is
 * not finite is `requireFinite`'s to name.
 *
 * @throws GlowcastError INVALID_AUDIO with the peak
 */
export function requireSampleScale(channels: readonly Float32Array[], field: string): void {
  let peak = 0
  for (const channel of channels) {
    for (let i = 0; i < channel.length; i++) {
      const size = Math.abs(channel[i]!)
      if (size > peak && size !== Number.POSITIVE_INFINITY) peak = size
    }
  }
  if (peak <= largestSample) return
  const got = `samples of up to ${Number(peak.toPrecision(6))} in size`
  const expected = `at most ${largestSample}: full scale is 1, integers of 16 bits are divided by 32768`
  throw new GlowcastError('INVALID_AUDIO', field, got, expected)
}
