import { linear } from '../flow/networks/conv1d.js'
import { tf } from '../tfjs.js'
import { bandMask } from './band-mask.js'

/** [window length, bins used]: long windows see harmonics, short ones attacks; up to 11 kHz each. */
const resolutions = [
  [2048, 1024],
  [1024, 512],
  [512, 256],
  [256, 128],
  [128, 64],
] as const

/** The resolution whose magnitudes the mel consistency uses. */
export const melResolution = 1

/** Hops in a window. */
const perWindow = 4

const magnitudeFloor = 1e-9

/** √(x² + ε): the gradient of an absolute value without a kernel of its own. */
export function smoothAbs(x: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.add(tf.square(x), 1e-8))
}

const bases = new Map<number, Float32Array>()

/** Hann-windowed DFT as a matrix [length, 2 * (bins - 1)]: cosine columns, then sine; the bin 0 is left out. */
function dftBasis(length: number, bins: number): tf.Tensor2D {
  const count = bins - 1
  const known = bases.get(length)
  if (known !== undefined) return tf.tensor2d(known, [length, 2 * count])
  const basis = new Float32Array(length * 2 * count)
  const scale = 1 / Math.sqrt(0.375 * length)
  for (let n = 0; n < length; n++) {
    const window = scale * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length))
    for (let k = 1; k <= count; k++) {
      const angle = (2 * Math.PI * ((n * k) % length)) / length
      basis[n * 2 * count + k - 1] = window * Math.cos(angle)
      basis[n * 2 * count + count + k - 1] = window * Math.sin(angle)
    }
  }
  bases.set(length, basis)
  return tf.tensor2d(basis, [length, 2 * count])
}

/** a · conj(b) of compressed STFT bins. */
interface Product {
  readonly real: tf.Tensor3D
  readonly imaginary: tf.Tensor3D
}

export interface Spectra {
  /** [batch, frames, bins] */
  readonly magnitude: tf.Tensor3D
  /** Of each bin with the one a hop earlier and with the one below: how phase goes on over time and frequency. */
  readonly products: readonly Product[]
}

function product(ar: tf.Tensor, ai: tf.Tensor, br: tf.Tensor, bi: tf.Tensor): Product {
  return {
    real: tf.add(tf.mul(ar, br), tf.mul(ai, bi)) as tf.Tensor3D,
    imaginary: tf.sub(tf.mul(ai, br), tf.mul(ar, bi)) as tf.Tensor3D,
  }
}

/** Bins are divided by the root of their magnitude, so that a product has the size of a magnitude. */
function neighbourProducts(real: tf.Tensor3D, imaginary: tf.Tensor3D, magnitude: tf.Tensor3D): Product[] {
  const root = tf.sqrt(magnitude)
  const u = tf.div(real, root)
  const v = tf.div(imaginary, root)
  const [batch, frames, bins] = magnitude.shape
  const withNeighbour = (size: [number, number, number], step: [number, number, number]) => {
    const here = (x: tf.Tensor) => tf.slice(x, step, size)
    const before = (x: tf.Tensor) => tf.slice(x, [0, 0, 0], size)
    return product(here(u), here(v), before(u), before(v))
  }
  return [
    withNeighbour([batch, frames - 1, bins], [0, 1, 0]),
    withNeighbour([batch, frames, bins - 1], [0, 0, 1]),
  ]
}

interface SpectraOptions {
  /** Whether the products are wanted. */
  readonly seesPhase: boolean
  /** [batch]; bins above it are empty. */
  readonly bandwidthHz: tf.Tensor1D
  readonly sampleRate: number
}

/**
 * STFT magnitudes, and on demand the products that see phase, with hops of a quarter of the window at each resolution,
 * scaled so that white noise of deviation 1 gives about 1. waveform: [batch, samples, 1] → [batch, frames, bins].
 */
export function spectraOf(
  waveform: tf.Tensor3D,
  { seesPhase, bandwidthHz, sampleRate }: SpectraOptions,
): Spectra[] {
  const [batch, samples] = waveform.shape
  return resolutions.map(([length, bins]) => {
    const hopLength = length / perWindow
    const hops = Math.floor(samples / hopLength)
    const blocks = tf.reshape(tf.slice(waveform, [0, 0, 0], [batch, hops * hopLength, 1]), [
      batch,
      hops,
      hopLength,
    ])
    const frames = hops - perWindow + 1
    const windows = tf.concat(
      Array.from({ length: perWindow }, (_, i) => tf.slice(blocks, [0, i, 0], [batch, frames, hopLength])),
      2,
    ) as tf.Tensor3D
    const mask = bandMask(
      bandwidthHz,
      Array.from({ length: bins - 1 }, (_, k) => ((k + 1) * sampleRate) / length),
    )
    const [real, imaginary] = tf
      .split(linear(windows, dftBasis(length, bins)), 2, 2)
      .map((part) => tf.mul(part, mask)) as [tf.Tensor3D, tf.Tensor3D]
    const power = tf.add(tf.square(real), tf.square(imaginary))
    const magnitude = tf.sqrt(tf.add(power, magnitudeFloor)) as tf.Tensor3D
    return { magnitude, products: seesPhase ? neighbourProducts(real, imaginary, magnitude) : [] }
  })
}

/** Mean modulus of the difference, relative to the mean magnitude of the recording. */
function productDistance(a: Product, b: Product, reference: tf.Tensor): tf.Tensor {
  const square = tf.add(tf.square(tf.sub(a.real, b.real)), tf.square(tf.sub(a.imaginary, b.imaginary)))
  return tf.div(tf.mean(tf.sqrt(tf.add(square, 1e-8))), reference)
}

/**
 * Relative L1 of the magnitudes plus RMS over bins of their logarithms' difference, summed over resolutions; and that of
 * the products, times `phaseWeight`, but at the longest windows, where a product of neighbours says little.
 */
function spectralDistance(
  a: readonly Spectra[],
  b: readonly Spectra[],
  reference: readonly tf.Tensor[],
  phaseWeight: number,
): tf.Tensor {
  const terms = a.flatMap(({ magnitude, products }, i) => {
    const other = b[i]!
    const linearTerm = tf.div(tf.mean(smoothAbs(tf.sub(magnitude, other.magnitude))), reference[i]!)
    const difference = tf.sub(tf.log(magnitude), tf.log(other.magnitude))
    const logTerm = tf.mean(tf.sqrt(tf.add(tf.mean(tf.square(difference), 2), 1e-6)))
    const phaseTerms =
      i === 0 ? [] : products.map((p, k) => productDistance(p, other.products[k]!, reference[i]!))
    return [linearTerm, logTerm, ...phaseTerms.map((term) => tf.mul(term, phaseWeight))]
  })
  return terms.reduce((sum, term) => tf.add(sum, term))
}

/**
 * d(x, y1) + d(x, y2) − d(y1, y2): least in the mean when the samples have the recordings' distribution
 * (Gritsenko et al. 2020, "A Spectral Energy Distance for Parallel Speech Synthesis", equation 5).
 * Arguments are spectra of the recording and of two independent samples for the same condition.
 *
 * @param phaseWeight of the products, if the spectra have them
 */
export function spectralEnergyDistance(
  x: readonly Spectra[],
  y1: readonly Spectra[],
  y2: readonly Spectra[],
  phaseWeight: number,
): tf.Tensor {
  const reference = x.map(({ magnitude }) => tf.mean(magnitude))
  const distance = (a: readonly Spectra[], b: readonly Spectra[]) =>
    spectralDistance(a, b, reference, phaseWeight)
  return tf.sub(tf.add(distance(x, y1), distance(x, y2)), distance(y1, y2))
}
