import { describe, expect, it } from 'vitest'
import { RealFft } from '../../../src/audio/spectral/real-fft.js'
import { RandomStream } from '../../../src/numeric/random.js'

function signal(size: number): Float64Array {
  const random = new RandomStream(1, size)
  return Float64Array.from({ length: size }, () => random.normal())
}

/** Sum of x[n] · exp(−2πikn / size), term by term. */
function definition(samples: Float64Array): number[] {
  const size = samples.length
  return Array.from({ length: size / 2 + 1 }, (_, k) => {
    let re = 0
    let im = 0
    samples.forEach((x, n) => {
      re += x * Math.cos((2 * Math.PI * k * n) / size)
      im -= x * Math.sin((2 * Math.PI * k * n) / size)
    })
    return [re, im]
  }).flat()
}

describe('RealFft', () => {
  it.each([4, 8, 64, 1024])('is the transform of %i samples, and back', (size) => {
    const fft = new RealFft(size)
    const samples = signal(size)
    const spectrum = new Float64Array(size + 2)
    fft.forward(samples, spectrum)
    definition(samples).forEach((value, i) => {
      // Double precision, sums of up to 1,024 terms.
      expect(spectrum[i]).toBeCloseTo(value, 9)
    })
    const back = new Float64Array(size)
    fft.inverse(spectrum, back)
    back.forEach((value, n) => {
      expect(value).toBeCloseTo(samples[n]!, 12)
    })
  })
})
