import { describe, expect, it } from 'vitest'
import { BandwidthMeter } from '../../../src/audio/metering/bandwidth.js'
import { resample } from '../../../src/audio/resample.js'
import { noise } from '../../scoring/signals.js'

function bandwidthOf(samples: Float32Array, sampleRate: number): number {
  const meter = new BandwidthMeter(sampleRate)
  for (const sample of samples) meter.push(sample)
  return meter.flush()
}

const inSteps = (samples: Float32Array) => samples.map((sample) => Math.round(32768 * sample) / 32768)

describe('where the spectrum of a recording ends', () => {
  it.each([
    [8000, 22_050, 4000],
    [8000, 48_000, 4000],
    [16_000, 22_050, 8000],
    [16_000, 44_100, 8000],
  ])('of what was sampled at %i Hz, in a file of %i Hz, is near %i Hz', (from, to, expected) => {
    const sound = inSteps(resample(noise(from, 0.05, 3), from, to))
    expect(Math.abs(bandwidthOf(sound, to) - expected)).toBeLessThan(300)
  })

  it.each([8000, 16_000, 22_050, 48_000])('of white noise is half its rate of %i Hz', (rate) => {
    expect(bandwidthOf(noise(rate, 0.05, 4), rate)).toBeGreaterThan(0.93 * (rate / 2))
  })

  it('of a tone is the end of its band, whatever rounding adds to a quiet one', () => {
    for (const level of [0.3, 0.002]) {
      const tone = Float32Array.from(
        { length: 22_050 },
        (_, i) => level * Math.sin((2 * Math.PI * 1000 * i) / 22_050),
      )
      const hz = bandwidthOf(inSteps(tone), 22_050)
      expect(hz).toBeGreaterThan(1000)
      expect(hz).toBeLessThan(1500)
    }
  })

  it('of silence, and of a constant, is 0', () => {
    expect(bandwidthOf(new Float32Array(22_050), 22_050)).toBe(0)
    expect(bandwidthOf(new Float32Array(0), 22_050)).toBe(0)
    expect(bandwidthOf(new Float32Array(22_050).fill(0.5), 22_050)).toBe(0)
  })
})
