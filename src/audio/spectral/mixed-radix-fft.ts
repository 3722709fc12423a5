import { butterflies, type Complex, sumOfDefinition } from './butterflies.js'

/**
 * Complex Fourier transform of any size with small prime factors, where `RealFft` needs a power of two. It is Stockham's
 * algorithm, which needs no reordering (Van Loan, Computational Frameworks for the FFT, section 1.7).
 */
export class MixedRadixFft {
  private readonly factors: readonly number[]
  private readonly cos: Float64Array
  private readonly sin: Float64Array
  private readonly work: Complex

  /**
   * @param size samples; the work grows with the sum of its prime factors, and is least where they are 2, 3 and 5
   * @param signals that are transformed at once, interleaved: many take less time each, as the inner loops are longer
   */
  constructor(
    private readonly size: number,
    private readonly signals = 1,
  ) {
    this.factors = radixes(size)
    this.cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size))
    this.sin = Float64Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size))
    this.work = { re: new Float64Array(size * signals), im: new Float64Array(size * signals) }
  }

  /** In place: the samples [size, signals] become the spectra. */
  forward(re: Float64Array, im: Float64Array): void {
    let from: Complex = { re, im }
    let to = this.work
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
    const { size } = this
    const stride = size / length
    const count = stride * this.signals
    const part = length / radix
    const butterfly = butterflies[radix] ?? sumOfDefinition
    const turns = { re: new Float64Array(radix), im: new Float64Array(radix) }
    const roots = { re: new Float64Array(radix), im: new Float64Array(radix) }
    for (let r = 0; r < radix; r++) this.turnInto(roots, r, (r * size) / radix)
    for (let q = 0; q < part; q++) {
      for (let r = 0; r < radix; r++) this.turnInto(turns, r, r * q * stride)
      butterfly({
        from,
        source: count * q,
        apart: count * part,
        to,
        target: count * radix * q,
        count,
        turns,
        roots,
      })
    }
  }

  private turnInto({ re, im }: Complex, at: number, turn: number): void {
    re[at] = this.cos[turn % this.size]!
    im[at] = this.sin[turn % this.size]!
  }
}

/** Factors, each a prime or 4: two of 2 take more time than that. */
function radixes(size: number): number[] {
  const factors: number[] = []
  let rest = size
  for (let factor = 2; rest > 1; ) {
    const radix = factor === 2 && rest % 4 === 0 ? 4 : factor
    if (rest % radix === 0) {
      factors.push(radix)
      rest /= radix
    } else factor += 1
  }
  return factors
}
