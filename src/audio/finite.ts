import { GlowcastError } from '../errors.js'

/**
 * @param first index of the first of these samples, for the message
 * @throws GlowcastError NON_FINITE naming the first sample that is no number
 */
export function requireFinite(samples: Float32Array, first: number, field = 'waveform'): void {
  // Zero times what is not finite is no number, and stays so in the sum: one test instead of one a sample.
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += 0 * samples[i]!
  if (sum === 0) return
  const bad = samples.findIndex((sample) => !Number.isFinite(sample))
  const got = `${samples[bad]} at sample ${first + bad}`
  throw new GlowcastError('NON_FINITE', field, got, 'finite samples')
}
