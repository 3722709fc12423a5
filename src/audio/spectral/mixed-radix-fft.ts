/**
 * Complex Fourier transform of any size with small prime factors, where `RealFft` needs a power of two. It is Stockham's
 * algorithm, which needs no reordering (Van Loan, Computational Frameworks for the FFT, section 1.7).
 */
export class MixedRadixFft {
  private readonly factors: readonly number[]
  private readonly cos: Float64Array
  private readonly sin: Float64Array
  private readonly workRe: Float64Array
  private readonly workIm: Float64Array

  /**
   * @param size samples; the work grows with the sum of its prime factors
   * @param signals that are transformed at once, interleaved: many take less time each, as the inner loops are longer
   */
  constructor(
    private readonly size: number,
    private readonly signals = 1,
  ) {
    this.factors = primeFactors(size)
    this.cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size))
    this.sin = Float64Array.from({ length: size }, (_, k) => Math.sin((2 * Math.PI * k) / size))
    this.workRe = new Float64Array(size * signals)
    this.workIm = new Float64Array(size * signals)
  }

  /** In place: the samples [size, signals] become the spectra. */
  forward(re: Float64Array, im: Float64Array): void {
    let from = { re, im }
    let to = { re: this.workRe, im: this.workIm }
    let length = this.size
    for (const radix of this.factors) {
      this.pass(from, to, radix, length)
      const made = to
      to = from
      from = made
      length /= radix
    }
    if (from.re === re) return
    re.set(from.re)
    im.set(from.im)
  }

  /** One factor of transforms of `length`, of which there are size / length, interleaved. */
  private pass(from: Complex, to: Complex, radix: number, length: number): void {
    const { size, cos, sin } = this
    const stride = size / length
    const count = stride * this.signals
    const part = length / radix
    to.re.fill(0)
    to.im.fill(0)
    for (let q = 0; q < part; q++) {
      for (let r = 0; r < radix; r++) {
        const target = count * (radix * q + r)
        for (let j = 0; j < radix; j++) {
          // Of a whole turn r * (q / length + j / radix).
          const turn = (r * q * stride + (r * j * size) / radix) % size
          addTurned(from, count * (q + part * j), to, target, count, cos[turn]!, sin[turn]!)
        }
      }
    }
  }
}

function addTurned(
  from: Complex,
  source: number,
  to: Complex,
  target: number,
  count: number,
  cos: number,
  sin: number,
): void {
  for (let k = 0; k < count; k++) {
    const re = from.re[source + k]!
    const im = from.im[source + k]!
    to.re[target + k]! += re * cos + im * sin
    to.im[target + k]! += im * cos - re * sin
  }
}

interface Complex {
  readonly re: Float64Array
  readonly im: Float64Array
}

function primeFactors(size: number): number[] {
  const factors: number[] = []
  let rest = size
  for (let factor = 2; rest > 1; ) {
    if (rest % factor === 0) {
      factors.push(factor)
      rest /= factor
    } else factor += 1
  }
  return factors
}
