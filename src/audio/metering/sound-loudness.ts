import { LoudnessMeter } from './loudness.js'

/**
 * Integrated loudness of a mono sound.
 *
 * @param sampleRate Hz
 * @returns LUFS; null for silence, and for less than 400 ms
 */
export function soundLoudness(waveform: Float32Array, sampleRate: number): number | null {
  const meter = new LoudnessMeter(sampleRate, 1)
  meter.push([waveform])
  return meter.integrated()
}
