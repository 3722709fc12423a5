import { describe, expect, it } from 'vitest'
import { hannWindow, StftAnalyzer, type StftConfig, stft } from '../../../src/audio/spectral/stft.js'
import { chunksOf, joined, largestError, noise } from '../chunks.js'
import { expectSame } from '../expect-same.js'

const small: StftConfig = { fftSize: 16, winLength: 12, hopLength: 4, alignment: 'sample-centred' }

/** Magnitudes by the definition, with the padding written out. */
function direct(padded: number[], { fftSize, winLength, hopLength }: StftConfig): number[] {
  const window = hannWindow(winLength, fftSize)
  const result: number[] = []
  for (let start = 0; start + fftSize <= padded.length; start += hopLength) {
    for (let k = 0; k <= fftSize / 2; k++) {
      let re = 0
      let im = 0
      for (let n = 0; n < fftSize; n++) {
        const value = window[n]! * padded[start + n]!
        re += value * Math.cos((2 * Math.PI * k * n) / fftSize)
        im -= value * Math.sin((2 * Math.PI * k * n) / fftSize)
      }
      result.push(Math.hypot(re, im))
    }
  }
  return result
}

/** Mirrored at both ends without repeating the edge; zeros beyond what one mirroring reaches. */
function mirrored(waveform: Float32Array, padding: number): number[] {
  const last = waveform.length - 1
  return Array.from({ length: waveform.length + 2 * padding }, (_, i) => {
    const at = i - padding
    return waveform[at < 0 ? -at : at > last ? 2 * last - at : at] ?? 0
  })
}

describe('stft', () => {
  it.each([
    { ...small },
    { ...small, alignment: 'hop-centred' as const },
    { ...small, hopLength: 6 },
    { ...small, hopLength: 16, alignment: 'hop-centred' as const },
  ])('equals the definition for any length: %o', (config) => {
    const centred = config.alignment === 'sample-centred'
    const padding = (config.fftSize - (centred ? 0 : config.hopLength)) / 2
    for (let length = 1; length < 50; length++) {
      const waveform = noise(length, length)
      const got = stft(waveform, config)
      expect(got.frames).toBe(Math.floor(length / config.hopLength) + (centred ? 1 : 0))
      // Floats of size up to 8 (the sum of the window): half a unit in the last place.
      expect(largestError(got.data, direct(mirrored(waveform, padding), config))).toBeLessThan(1e-6)
    }
  })

  it('streams: all frames equal the whole, bit for bit', () => {
    for (const alignment of ['hop-centred', 'sample-centred'] as const) {
      const config: StftConfig = { fftSize: 64, winLength: 64, hopLength: 10, alignment }
      const waveform = noise(12_345)
      const whole = stft(waveform, config)
      const analyzer = new StftAnalyzer(config)
      for (let seed = 0; seed < 4; seed++) {
        const parts = chunksOf(waveform, 3000, seed).map((chunk) => analyzer.push(chunk).data)
        expectSame(joined([...parts, analyzer.flush().data]), whole.data)
      }
    }
  })

  it('windows with the periodic Hann window', () => {
    expect([...hannWindow(4)]).toEqual([0, 0.5, 1, 0.5].map((value) => expect.closeTo(value, 12)))
    expect([...hannWindow(2, 6)]).toEqual([0, 0, 0, 1, 0, 0])
  })

  it.each([
    [{ fftSize: 1000 }, /fftSize: got 1000/],
    [{ fftSize: 2 }, /fftSize/],
    [{ winLength: 17 }, /winLength: got 17/],
    [{ winLength: 0 }, /winLength/],
    [{ hopLength: 0 }, /hopLength/],
    [{ hopLength: 2.5 }, /hopLength/],
    [{ hopLength: 5, alignment: 'hop-centred' as const }, /hopLength: got 5, expected an even number/],
    [{ hopLength: 18, alignment: 'hop-centred' as const }, /hopLength/],
    [{ alignment: 'left' as never }, /alignment: got left/],
  ])('refuses %o', (change, message) => {
    expect(() => stft(noise(100), { ...small, ...change })).toThrow(message)
  })
})
