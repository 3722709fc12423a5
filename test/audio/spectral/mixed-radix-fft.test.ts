import { expect, it } from 'vitest'
import { MixedRadixFft } from '../../../src/audio/spectral/mixed-radix-fft.js'

it.each([1, 2, 7, 12, 75, 1200])('transforms %i samples as the sum of the definition', (size) => {
  const input = Array.from({ length: size }, (_, n) => [Math.sin(n * n + 1), Math.cos(3 * n * n)] as const)
  const re = Float64Array.from(input, ([real]) => real)
  const im = Float64Array.from(input, ([, imaginary]) => imaginary)
  new MixedRadixFft(size).forward(re, im)
  for (const k of [0, 1, Math.floor(size / 3), size - 1].filter((bin) => bin < size)) {
    let [sumRe, sumIm] = [0, 0]
    for (const [n, [a, b]] of input.entries()) {
      const [c, s] = [Math.cos((2 * Math.PI * k * n) / size), Math.sin((2 * Math.PI * k * n) / size)]
      sumRe += a * c + b * s
      sumIm += b * c - a * s
    }
    expect(re[k]).toBeCloseTo(sumRe, 8)
    expect(im[k]).toBeCloseTo(sumIm, 8)
  }
})

it('is as new after a transform', () => {
  const fft = new MixedRadixFft(30)
  const transform = () => {
    const [re, im] = [Float64Array.from({ length: 30 }, (_, n) => n), new Float64Array(30)]
    fft.forward(re, im)
    return [...re, ...im]
  }
  expect(transform()).toEqual(transform())
})

it('transforms several signals at once as each alone', () => {
  const [size, signals] = [30, 3]
  const sample = (signal: number, n: number) => Math.sin(n * n + signal)
  const re = Float64Array.from({ length: size * signals }, (_, at) =>
    sample(at % signals, Math.floor(at / signals)),
  )
  const im = new Float64Array(size * signals)
  new MixedRadixFft(size, signals).forward(re, im)
  for (let signal = 0; signal < signals; signal++) {
    const alone = [
      Float64Array.from({ length: size }, (_, n) => sample(signal, n)),
      new Float64Array(size),
    ] as const
    new MixedRadixFft(size).forward(...alone)
    for (let k = 0; k < size; k++) {
      expect(re[k * signals + signal]).toBeCloseTo(alone[0][k]!, 10)
      expect(im[k * signals + signal]).toBeCloseTo(alone[1][k]!, 10)
    }
  }
})
