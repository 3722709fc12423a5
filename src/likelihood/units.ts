/**
 * Bits per sample of 16-bit audio: the density of a waveform in ± 1 is 2^15 times that of its integers.
 *
 * @param natsPerSample negative log-likelihood with its Gaussian constant
 */
export function bitsPerSample(natsPerSample: number): number {
  return natsPerSample / Math.LN2 + 15
}
