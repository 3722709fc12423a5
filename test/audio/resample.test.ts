import { describe, expect, it } from 'vitest'
import { Resampler, resample } from '../../src/audio/resample.js'
import { RandomStream } from '../../src/numeric/random.js'
import { expectSame } from './expect-same.js'

function tone(hz: number, rate: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate))
}

/** RMS in dB of the middle of a signal, away from the ends where filters see silence. */
function level(waveform: Float32Array): number {
  const middle = waveform.subarray(400, waveform.length - 400)
  return 10 * Math.log10(middle.reduce((sum, value) => sum + value * value, 0) / middle.length)
}

describe('resample', () => {
  it.each([
    [48_000, 22_050],
    [16_000, 22_050],
    [44_100, 22_050],
    [22_050, 48_000],
    // More phases than there are rows of the filter.
    [47_999, 22_050],
    [383_999, 22_050],
    [22_050, 47_999],
  ])('keeps tones below 0.9 of the lower Nyquist, %i to %i Hz', (from, to) => {
    for (const share of [0.05, 0.4, 0.85]) {
      const hz = (share * Math.min(from, to)) / 2
      const output = resample(tone(hz, from, from / 2), from, to)
      const expected = tone(hz, to, output.length)
      let error = 0
      for (let i = 400; i < output.length - 400; i++)
        error = Math.max(error, Math.abs(output[i]! - expected[i]!))
      // Passband ripple of the Kaiser design, and its delay taken out to the sample.
      expect(error).toBeLessThan(2e-3)
    }
  })

  it('removes what the lower rate cannot hold, by 80 dB', () => {
    for (const hz of [12_200, 15_000, 20_000]) {
      expect(level(resample(tone(hz, 48_000, 24_000), 48_000, 22_050))).toBeLessThan(-80)
    }
  })

  it('gives round(n · to / from) samples', () => {
    for (const samples of [0, 1, 2, 100, 4801]) {
      expect(resample(new Float32Array(samples), 48_000, 22_050)).toHaveLength(
        Math.round((samples * 22_050) / 48_000),
      )
    }
  })

  it('passes a constant unchanged', () => {
    const output = resample(new Float32Array(4000).fill(0.5), 16_000, 22_050)
    for (const value of output.subarray(400, 5000)) expect(value).toBeCloseTo(0.5, 6)
  })

  it('does nothing at equal rates', () => {
    const waveform = tone(440, 22_050, 1000)
    expect(resample(waveform, 22_050, 22_050)).toEqual(waveform)
  })

  it.each([8000, 16_000, 22_050, 48_000, 383_999])('says how many samples at %i Hz settle others', (from) => {
    for (const outputs of [1, 2, 977, 3600]) {
      const input = new Resampler(from, 22_050).inputFor(outputs)
      expect(new Resampler(from, 22_050).push(new Float32Array(input)).length).toBeGreaterThanOrEqual(outputs)
      expect(new Resampler(from, 22_050).push(new Float32Array(input - 1)).length).toBeLessThan(outputs)
    }
  })

  it('gives the same samples for any chunking', () => {
    const waveform = tone(1234, 48_000, 5000)
    const whole = resample(waveform, 48_000, 22_050)
    const random = new RandomStream(1, 1)
    for (let run = 0; run < 5; run++) {
      const resampler = new Resampler(48_000, 22_050)
      const parts: number[] = []
      for (let start = 0; start < waveform.length; ) {
        const size = random.integer(700)
        parts.push(...resampler.push(waveform.subarray(start, start + size)))
        start += size
      }
      parts.push(...resampler.flush())
      expectSame(Float32Array.from(parts), whole)
    }
  })

  it('refuses rates that are none', () => {
    expect(() => new Resampler(0, 22_050)).toThrow(/fromRate: got 0/)
    expect(() => new Resampler(48_000, 22_050.5)).toThrow(/toRate: got 22050.5/)
  })
})
