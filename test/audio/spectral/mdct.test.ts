import { describe, expect, it } from 'vitest'
import type { Frames } from '../../../src/audio/buffers/frames.js'
import {
  inverseMdct,
  MdctAnalyzer,
  MdctSynthesizer,
  mdct,
  mdctBasis,
} from '../../../src/audio/spectral/mdct.js'
import { chunksOf, joined, largestError, noise } from '../chunks.js'

const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0)

/** The transform by its definition: window, then cosine, with rectangular edges at both ends of the signal. */
function direct(waveform: Float32Array, groupSize: number): Float32Array {
  const frames = waveform.length / groupSize
  const half = groupSize / 2
  const result = new Float32Array(waveform.length)
  for (let frame = 0; frame < frames; frame++) {
    for (let k = 0; k < groupSize; k++) {
      let sum = 0
      for (let n = 0; n < 2 * groupSize; n++) {
        const nearStart = frame === 0 && n < groupSize
        const nearEnd = frame === frames - 1 && n >= groupSize
        let window = Math.sin((Math.PI * (n + 0.5)) / (2 * groupSize))
        if (nearStart) window = n < half ? 0 : 1
        if (nearEnd) window = n < groupSize + half ? 1 : 0
        const sample = waveform[frame * groupSize - half + n] ?? 0
        sum += window * sample * Math.cos((Math.PI / groupSize) * (n + 0.5 + half) * (k + 0.5))
      }
      result[frame * groupSize + k] = Math.sqrt(2 / groupSize) * sum
    }
  }
  return result
}

describe('mdct', () => {
  it.each([
    [4, 1],
    [4, 2],
    [4, 7],
    [8, 5],
    [16, 3],
    [64, 4],
  ])('equals its definition as a matrix, groups of %i, %i frames', (groupSize, frames) => {
    const waveform = noise(groupSize * frames)
    const got = mdct(waveform, groupSize)
    expect(got).toMatchObject({ frames, channels: groupSize })
    // Both are computed in double precision and stored as floats of size about 1: half a unit in the last place.
    expect(largestError(got.data, direct(waveform, groupSize))).toBeLessThan(3e-7)
  })

  it.each([4, 32, 128, 1024])('reconstructs and keeps energy, groups of %i', (groupSize) => {
    const waveform = noise(groupSize * 9, groupSize)
    const frames = mdct(waveform, groupSize)
    // Rounding the coefficients to floats, nothing else.
    expect(largestError(inverseMdct(frames), waveform)).toBeLessThan(1e-6)
    expect(Math.abs(energy(frames.data) / energy(waveform) - 1)).toBeLessThan(1e-6)
  })

  it('is orthonormal, edges included', () => {
    const groupSize = 8
    const size = groupSize * 3
    const rows = Array.from({ length: size }, (_, i) => {
      const impulse = new Float32Array(size)
      impulse[i] = 1
      return mdct(impulse, groupSize).data
    })
    for (let i = 0; i < size; i++) {
      const products = rows.map((row) => row.reduce((sum, value, k) => sum + value * rows[i]![k]!, 0))
      const identity = rows.map((_, j) => (i === j ? 1 : 0))
      // 24 products of floats below 1.
      expect(largestError(products, identity)).toBeLessThan(1e-6)
    }
  })

  it('gives the basis of its interior frames', () => {
    const groupSize = 16
    const basis = mdctBasis(groupSize)
    const waveform = noise(3 * groupSize)
    const { data } = mdct(waveform, groupSize)
    const start = groupSize / 2
    const byBasis = Float32Array.from({ length: groupSize }, (_, k) =>
      basis
        .subarray(k * 2 * groupSize, (k + 1) * 2 * groupSize)
        .reduce((sum, weight, n) => sum + weight * waveform[start + n]!, 0),
    )
    // Floats in the basis and in the frames.
    expect(largestError(byBasis, data.subarray(groupSize, 2 * groupSize))).toBeLessThan(1e-6)
  })

  it('streams: frames and samples equal the whole, bit for bit', () => {
    const groupSize = 32
    const waveform = noise(groupSize * 40)
    const whole = mdct(waveform, groupSize)
    const analyzer = new MdctAnalyzer(groupSize)
    const synthesizer = new MdctSynthesizer(groupSize)
    for (let seed = 0; seed < 6; seed++) {
      const frames: Frames[] = [
        ...chunksOf(waveform, 100, seed).map((chunk) => analyzer.push(chunk)),
        analyzer.flush(),
      ]
      expect(joined(frames.map(({ data }) => data))).toEqual(whole.data)
      const samples = [...frames.map((part) => synthesizer.push(part)), synthesizer.flush()]
      expect(joined(samples)).toEqual(inverseMdct(whole))
    }
  })

  it('gives each frame and sample as early as its overlap allows', () => {
    const analyzer = new MdctAnalyzer(8)
    expect(analyzer.push(new Float32Array(11)).frames).toBe(0)
    expect(analyzer.push(new Float32Array(1)).frames).toBe(1)
    expect(analyzer.push(new Float32Array(4)).frames).toBe(0)
    const synthesizer = new MdctSynthesizer(8)
    expect(synthesizer.push({ data: new Float32Array(8), frames: 1, channels: 8 })).toHaveLength(4)
    expect(synthesizer.push({ data: new Float32Array(8), frames: 1, channels: 8 })).toHaveLength(8)
    expect(synthesizer.flush()).toHaveLength(4)
  })

  it('takes an empty signal', () => {
    expect(mdct(new Float32Array(0), 8).frames).toBe(0)
    expect(inverseMdct({ data: new Float32Array(0), frames: 0, channels: 8 })).toHaveLength(0)
  })

  it('refuses lengths and sizes that do not fit', () => {
    expect(() => mdct(new Float32Array(7), 8)).toThrow(/waveform: got 7 samples beyond/)
    expect(() => mdct(new Float32Array(12), 8)).toThrow(/waveform: got 4 samples beyond/)
    for (const size of [0, 2, 6, 12, 4.5, Number.NaN]) {
      expect(() => new MdctAnalyzer(size)).toThrow(/groupSize/)
      expect(() => new MdctSynthesizer(size)).toThrow(/groupSize/)
    }
    const frames = { data: new Float32Array(16), frames: 1, channels: 16 }
    expect(() => new MdctSynthesizer(8).push(frames)).toThrow(/16 channels, expected 8/)
  })
})
