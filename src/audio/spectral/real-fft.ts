import FFT from 'fft.js'

/**
 * Discrete Fourier transform of real signals and back, by one complex transform of half the size: even samples
 * are its real parts, odd ones its imaginary parts (Press et al., Numerical Recipes, "FFT of Single Real
 * Function"). Spectra are interleaved, [re 0, im 0, re 1, …], size / 2 + 1 bins.
 */
export class RealFft {
  private readonly half: number
  private readonly fft: FFT
  private readonly cos: Float64Array
  private readonly sin: Float64Array
  private readonly packed: Float64Array

  /** @param size samples, a power of two of at least 4 */
  constructor(size: number) {
    this.half = size / 2
    this.fft = new FFT(this.half)
    this.cos = Float64Array.from({ length: this.half + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / size))
    this.sin = Float64Array.from({ length: this.half + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / size))
    this.packed = new Float64Array(size)
  }

  /** Samples [size] → spectrum [size + 2]. */
  forward(samples: Float64Array, spectrum: Float64Array): void {
    const { half, packed, cos, sin } = this
    this.fft.transform(packed, samples)
    for (let k = 0; k <= half; k++) {
      const a = 2 * (k === half ? 0 : k)
      const b = 2 * (k === 0 ? 0 : half - k)
      const evenRe = 0.5 * (packed[a]! + packed[b]!)
      const evenIm = 0.5 * (packed[a + 1]! - packed[b + 1]!)
      const oddRe = 0.5 * (packed[a + 1]! + packed[b + 1]!)
      const oddIm = 0.5 * (packed[b]! - packed[a]!)
      spectrum[2 * k] = evenRe + cos[k]! * oddRe + sin[k]! * oddIm
      spectrum[2 * k + 1] = evenIm + cos[k]! * oddIm - sin[k]! * oddRe
    }
  }

  /** Spectrum [size + 2] → samples [size]; undoes `forward`. */
  inverse(spectrum: Float64Array, samples: Float64Array): void {
    const { half, packed, cos, sin } = this
    for (let k = 0; k < half; k++) {
      const a = 2 * k
      const b = 2 * (half - k)
      const evenRe = 0.5 * (spectrum[a]! + spectrum[b]!)
      const evenIm = 0.5 * (spectrum[a + 1]! - spectrum[b + 1]!)
      const differenceRe = 0.5 * (spectrum[a]! - spectrum[b]!)
      const differenceIm = 0.5 * (spectrum[a + 1]! + spectrum[b + 1]!)
      const oddRe = cos[k]! * differenceRe - sin[k]! * differenceIm
      const oddIm = cos[k]! * differenceIm + sin[k]! * differenceRe
      packed[2 * k] = evenRe - oddIm
      packed[2 * k + 1] = evenIm + oddRe
    }
    this.fft.inverseTransform(samples, packed)
  }
}
