import { invalidAudio, nonFinite } from '../../errors.js'

/** Larger samples are no audio: a gain that ran away, or integers taken for floats. */
export const largestSample = 16

export function areFinite(values: Float32Array | Float64Array): boolean {
  // Zero times what is not finite is no number, and stays so in the sum: one test instead of one a value.
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += 0 * values[i]!
  return sum === 0
}

/**
 * @param first index of the first of these samples, for the message
 * @throws GlowcastError NON_FINITE naming the first sample that is no number
 */
export function assertFinite(samples: Float32Array, first: number, field = 'waveform'): void {
  if (areFinite(samples)) return
  const bad = samples.findIndex((sample) => !Number.isFinite(sample))
  const got = `${samples[bad]} at sample ${first + bad}`
  throw nonFinite(field, got, 'finite samples')
}

/**
 * Checks samples where they enter: what is finite and huge overflows further on, and integers that were written as floats
 * would be clipped.
 *
 * @param channels one block of each, in ± 1; up to `largestSample` in size is let through
 * @param first index of the first of these samples, for the message
 * @throws GlowcastError NON_FINITE naming the first sample that is no number, INVALID_AUDIO with the peak
 */
export function assertAudioSamples(
  channels: readonly Float32Array[],
  first: number,
  field = 'waveform',
): void {
  let peak = 0
  for (const channel of channels) {
    assertFinite(channel, first, field)
    for (let i = 0; i < channel.length; i++) peak = Math.max(peak, Math.abs(channel[i]!))
  }
  if (peak <= largestSample) return
  const got = `samples of up to ${Number(peak.toPrecision(6))} in size`
  const expected = `at most ${largestSample}: full scale is 1, integers of 16 bits are divided by 32768`
  throw invalidAudio(field, got, expected)
}
