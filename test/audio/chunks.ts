import { RandomStream } from '../../src/numeric/random.js'

/** A waveform cut at random into chunks of 0 to `most` samples. */
export function chunksOf(waveform: Float32Array, most: number, seed: number): Float32Array[] {
  const random = new RandomStream(seed, 0)
  const chunks: Float32Array[] = []
  for (let start = 0; start < waveform.length; ) {
    const stop = start + random.integer(most + 1)
    chunks.push(waveform.subarray(start, stop))
    start = stop
  }
  return chunks
}

/** White noise in [-1, 1). */
export function noise(samples: number, seed = 1): Float32Array {
  const random = new RandomStream(seed, 1)
  return Float32Array.from({ length: samples }, () => random.uniform() * 2 - 1)
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Largest absolute difference; infinite for different lengths or NaN. */
export function largestError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < got.length; i++) {
    const error = Math.abs(got[i]! - expected[i]!)
    if (!(error <= largest)) largest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  }
  return largest
}
