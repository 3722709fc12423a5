export interface Complex {
  readonly re: Float64Array
  readonly im: Float64Array
}

/** Transforms of `radix` values each, `count` of them side by side. */
export interface Butterflies {
  readonly from: Complex
  /** Of the first values; the next ones lie `apart` further. */
  readonly source: number
  readonly apart: number
  readonly to: Complex
  /** Of the first results; the next ones lie `count` further. */
  readonly target: number
  readonly count: number
  /** What the results are multiplied by. */
  readonly turns: Complex
  /** Roots of unity of the radix: e^(−2πi r / radix). */
  readonly roots: Complex
}

/** By the radix; others are summed as defined. */
export const butterflies: Readonly<Record<number, (job: Butterflies) => void>> = {
  3: three,
  4: four,
  5: five,
}

export function sumOfDefinition({ from, source, apart, to, target, count, turns, roots }: Butterflies): void {
  const radix = turns.re.length
  to.re.fill(0, target, target + radix * count)
  to.im.fill(0, target, target + radix * count)
  for (let r = 0; r < radix; r++) {
    for (let j = 0; j < radix; j++) {
      const root = (r * j) % radix
      const cos = roots.re[root]! * turns.re[r]! - roots.im[root]! * turns.im[r]!
      const sin = roots.re[root]! * turns.im[r]! + roots.im[root]! * turns.re[r]!
      const [at, made] = [source + apart * j, target + count * r]
      for (let k = 0; k < count; k++) {
        to.re[made + k]! += from.re[at + k]! * cos - from.im[at + k]! * sin
        to.im[made + k]! += from.im[at + k]! * cos + from.re[at + k]! * sin
      }
    }
  }
}

/** sin(2π / 3) */
const sin3 = Math.sqrt(3) / 2

function three({ from: { re, im }, source, apart, to, target, count, turns }: Butterflies): void {
  const [, re1, re2] = turns.re as unknown as [number, number, number]
  const [, im1, im2] = turns.im as unknown as [number, number, number]
  for (let k = 0; k < count; k++) {
    const at = source + k
    const made = target + k
    const aRe = re[at]!
    const aIm = im[at]!
    const bRe = re[at + apart]!
    const bIm = im[at + apart]!
    const cRe = re[at + 2 * apart]!
    const cIm = im[at + 2 * apart]!
    const sumRe = bRe + cRe
    const sumIm = bIm + cIm
    const middleRe = aRe - sumRe / 2
    const middleIm = aIm - sumIm / 2
    const sideRe = sin3 * (bIm - cIm)
    const sideIm = sin3 * (cRe - bRe)
    to.re[made] = aRe + sumRe
    to.im[made] = aIm + sumIm
    write(to, made + count, middleRe + sideRe, middleIm + sideIm, re1, im1)
    write(to, made + 2 * count, middleRe - sideRe, middleIm - sideIm, re2, im2)
  }
}

function four({ from: { re, im }, source, apart, to, target, count, turns }: Butterflies): void {
  const [, re1, re2, re3] = turns.re as unknown as [number, number, number, number]
  const [, im1, im2, im3] = turns.im as unknown as [number, number, number, number]
  for (let k = 0; k < count; k++) {
    const at = source + k
    const made = target + k
    const aRe = re[at]!
    const aIm = im[at]!
    const bRe = re[at + apart]!
    const bIm = im[at + apart]!
    const cRe = re[at + 2 * apart]!
    const cIm = im[at + 2 * apart]!
    const dRe = re[at + 3 * apart]!
    const dIm = im[at + 3 * apart]!
    const evenRe = aRe + cRe
    const evenIm = aIm + cIm
    const oddRe = aRe - cRe
    const oddIm = aIm - cIm
    const sumRe = bRe + dRe
    const sumIm = bIm + dIm
    const sideRe = bIm - dIm
    const sideIm = dRe - bRe
    to.re[made] = evenRe + sumRe
    to.im[made] = evenIm + sumIm
    write(to, made + count, oddRe + sideRe, oddIm + sideIm, re1, im1)
    write(to, made + 2 * count, evenRe - sumRe, evenIm - sumIm, re2, im2)
    write(to, made + 3 * count, oddRe - sideRe, oddIm - sideIm, re3, im3)
  }
}

const cos5 = Math.cos((2 * Math.PI) / 5)
const cos25 = Math.cos((4 * Math.PI) / 5)
const sin5 = Math.sin((2 * Math.PI) / 5)
const sin25 = Math.sin((4 * Math.PI) / 5)

function five({ from: { re, im }, source, apart, to, target, count, turns }: Butterflies): void {
  const [, re1, re2, re3, re4] = turns.re as unknown as [number, number, number, number, number]
  const [, im1, im2, im3, im4] = turns.im as unknown as [number, number, number, number, number]
  for (let k = 0; k < count; k++) {
    const at = source + k
    const made = target + k
    const aRe = re[at]!
    const aIm = im[at]!
    const bRe = re[at + apart]!
    const bIm = im[at + apart]!
    const cRe = re[at + 2 * apart]!
    const cIm = im[at + 2 * apart]!
    const dRe = re[at + 3 * apart]!
    const dIm = im[at + 3 * apart]!
    const eRe = re[at + 4 * apart]!
    const eIm = im[at + 4 * apart]!
    const outerRe = bRe + eRe
    const outerIm = bIm + eIm
    const innerRe = cRe + dRe
    const innerIm = cIm + dIm
    const firstRe = aRe + cos5 * outerRe + cos25 * innerRe
    const firstIm = aIm + cos5 * outerIm + cos25 * innerIm
    const secondRe = aRe + cos25 * outerRe + cos5 * innerRe
    const secondIm = aIm + cos25 * outerIm + cos5 * innerIm
    const side1Re = sin5 * (bIm - eIm) + sin25 * (cIm - dIm)
    const side1Im = sin5 * (eRe - bRe) + sin25 * (dRe - cRe)
    const side2Re = sin25 * (bIm - eIm) - sin5 * (cIm - dIm)
    const side2Im = sin25 * (eRe - bRe) - sin5 * (dRe - cRe)
    to.re[made] = aRe + outerRe + innerRe
    to.im[made] = aIm + outerIm + innerIm
    write(to, made + count, firstRe + side1Re, firstIm + side1Im, re1, im1)
    write(to, made + 2 * count, secondRe + side2Re, secondIm + side2Im, re2, im2)
    write(to, made + 3 * count, secondRe - side2Re, secondIm - side2Im, re3, im3)
    write(to, made + 4 * count, firstRe - side1Re, firstIm - side1Im, re4, im4)
  }
}

/** A result, multiplied by its turn. */
function write(to: Complex, at: number, re: number, im: number, turnRe: number, turnIm: number): void {
  to.re[at] = re * turnRe - im * turnIm
  to.im[at] = re * turnIm + im * turnRe
}
