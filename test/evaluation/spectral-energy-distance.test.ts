import { describe, expect, it } from 'vitest'
import { spectralEnergyDistance } from '../../src/evaluation/spectral-energy-distance.js'
import { gain, noise, sampleRate } from './signals.js'

const samples = sampleRate / 2
const x = noise(samples, 1)
const y1 = noise(samples, 2)
const y2 = noise(samples, 3)

describe('spectralEnergyDistance', () => {
  it('is 0 when all three are equal', () => {
    expect(spectralEnergyDistance(x, x, x)).toBe(0)
  })

  it('is twice the distance when both samples are the same, and gives the known value for a gain', () => {
    // d(x, x/2) per window: |1 - 1/2| relative L1 and ln 2 log RMS, four windows. The floor of the power, 1e-9
    // against 1e-2, shifts only bins that are almost empty.
    const half = gain(x, 0.5)
    expect(spectralEnergyDistance(x, half, half)).toBeCloseTo(2 * 4 * (0.5 + Math.LN2), 2)
  })

  it('is least for samples of the same distribution', () => {
    const same = spectralEnergyDistance(x, y1, y2)
    expect(spectralEnergyDistance(x, gain(y1, 1.2), gain(y2, 1.2))).toBeGreaterThan(same)
    expect(spectralEnergyDistance(x, gain(y1, 0.8), gain(y2, 0.8))).toBeGreaterThan(same)
  })

  it('is raised by collapse to one sample', () => {
    const same = spectralEnergyDistance(x, y1, y2)
    // Without the third term's reward the same samples score about twice as much.
    expect(spectralEnergyDistance(x, y1, y1) / same).toBeCloseTo(2, 1)
  })

  it('vanishes, less the spread of the recordings, as an energy distance must', () => {
    // 2 E d(x, y) - E d(y, y') - E d(x, x') is 0 for one distribution; with one draw of half a second each,
    // other seeds left 0.3 to 2.4 % of the distance between two draws.
    const other = noise(samples, 4)
    const spread = spectralEnergyDistance(x, other, other) / 2
    expect(Math.abs(spectralEnergyDistance(x, y1, y2) - spread) / spread).toBeLessThan(0.04)
  })

  it('refuses samples of another length', () => {
    expect(() => spectralEnergyDistance(x, y1, y2.subarray(1))).toThrow('got 11024 samples, expected 11025')
  })
})
