import { GlowcastError } from '../errors.js'

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
export function requireFinite(samples: Float32Array, first: number, field = 'waveform'): void {
  if (areFinite(samples)) return
  const bad = samples.findIndex((sample) => !Number.isFinite(sample))
  const got = `${samples[bad]} at sample ${first + bad}`
  throw new GlowcastError('NON_FINITE', field, got, 'finite samples')
}

/**
 * Checks samples where they enter: what is finite and huge overflows further on.
 *
 * @param samples in ± 1; up to `largestSample` in size is let through
 * @param first index of the first of these samples, for the message
 * @throws GlowcastError NON_FINITE, or INVALID_AUDIO for one that is too large, naming the first such sample
 */
export function requireAudioSamples(samples: Float32Array, first: number, field = 'waveform'): void {
  const bad = samples.findIndex((sample) => !(sample >= -largestSample && sample <= largestSample))
  if (bad < 0) return
  requireFinite(samples, first, field)
  const got = `${samples[bad]} at sample ${first + bad}`
  const expected = `samples in -1 to 1, at most ${largestSample} in size`
  throw new GlowcastError('INVALID_AUDIO', field, got, expected)
}
