import { describe, expect, it } from 'vitest'
import { selfSimilarity } from '../../../../src/scoring/texture/faults/self-similarity.js'
import { noise } from '../../signals.js'

const sampleRate = 22_050

describe('selfSimilarity', () => {
  it('is small of white noise, and near to 1 of a tone', () => {
    const ofNoise = selfSimilarity(noise(2 * sampleRate, 0.1, 1), sampleRate)
    // The highest of 457 correlations over 512 samples, each of a deviation of 0.044.
    for (const value of ofNoise) {
      expect(value).toBeGreaterThan(0.1)
      expect(value).toBeLessThan(0.25)
    }
    const tone = Float32Array.from({ length: sampleRate }, (_, i) => 0.3 * Math.sin(0.1 * i))
    for (const value of selfSimilarity(tone, sampleRate)) expect(value).toBeGreaterThan(0.99)
  })

  it('shows noise of which every piece is played twice', () => {
    const length = 300
    const original = noise(100 * length, 0.1, 2)
    const stretched = new Float32Array(2 * original.length)
    for (let piece = 0; piece < 100; piece++) {
      const samples = original.subarray(piece * length, (piece + 1) * length)
      stretched.set(samples, 2 * piece * length)
      stretched.set(samples, (2 * piece + 1) * length)
    }
    // Half of the sound is the first time.
    for (const value of selfSimilarity(stretched, sampleRate)) {
      expect(value).toBeGreaterThan(0.3)
      expect(value).toBeLessThan(0.7)
    }
  })

  it('does not change with the level, and leaves digital silence out', () => {
    const loud = noise(sampleRate, 0.2, 3)
    const quiet = loud.map((sample) => sample / 100)
    const padded = new Float32Array(2 * sampleRate)
    padded.set(loud)
    const expected = selfSimilarity(loud, sampleRate)
    for (const [i, value] of selfSimilarity(quiet, sampleRate).entries())
      expect(value).toBeCloseTo(expected[i]!, 3)
    for (const [i, value] of selfSimilarity(padded, sampleRate).entries())
      expect(value).toBeCloseTo(expected[i]!, 1)
  })

  it('is 0 of silence and of what is shorter than a window', () => {
    expect(selfSimilarity(new Float32Array(sampleRate), sampleRate)).toEqual([0, 0])
    expect(selfSimilarity(noise(300, 0.1, 4), sampleRate)).toEqual([0, 0])
  })
})
