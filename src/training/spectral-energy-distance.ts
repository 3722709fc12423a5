import * as tf from '@tensorflow/tfjs-core'
import { linear } from '../flow/conv1d.js'

/** [window length, bins used]: long windows see harmonics, short ones attacks; up to 11 kHz each. */
const resolutions = [
  [2048, 1024],
  [1024, 512],
  [512, 256],
  [256, 128],
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

/**
 * STFT magnitudes with hops of a quarter of the window at each resolution, scaled so that white noise of
 * deviation 1 gives about 1. waveform: [batch, samples, 1] → [batch, frames, bins].
 */
export function magnitudes(waveform: tf.Tensor3D): tf.Tensor3D[] {
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
    const [real, imaginary] = tf.split(linear(windows, dftBasis(length, bins)), 2, 2) as [
      tf.Tensor3D,
      tf.Tensor3D,
    ]
    const power = tf.add(tf.square(real), tf.square(imaginary))
    return tf.sqrt(tf.add(power, magnitudeFloor)) as tf.Tensor3D
  })
}

/** Relative L1 of the magnitudes plus RMS over bins of their logarithms' difference, summed over resolutions. */
function spectralDistance(a: tf.Tensor3D[], b: tf.Tensor3D[], reference: tf.Tensor[]): tf.Tensor {
  const terms = a.map((magnitude, i) => {
    const other = b[i]!
    const linearTerm = tf.div(tf.mean(smoothAbs(tf.sub(magnitude, other))), reference[i]!)
    const difference = tf.sub(tf.log(magnitude), tf.log(other))
    const logTerm = tf.mean(tf.sqrt(tf.add(tf.mean(tf.square(difference), 2), 1e-6)))
    return tf.add(linearTerm, logTerm)
  })
  return terms.reduce((sum, term) => tf.add(sum, term))
}

/**
 * d(x, y1) + d(x, y2) − d(y1, y2): least in the mean when the samples have the recordings' distribution
 * (Gritsenko et al. 2020, "A Spectral Energy Distance for Parallel Speech Synthesis", equation 5).
 * Arguments are magnitudes of the recording and of two independent samples for the same condition.
 */
export function spectralEnergyDistance(x: tf.Tensor3D[], y1: tf.Tensor3D[], y2: tf.Tensor3D[]): tf.Tensor {
  const reference = x.map((magnitude) => tf.mean(magnitude))
  const attraction = tf.add(spectralDistance(x, y1, reference), spectralDistance(x, y2, reference))
  return tf.sub(attraction, spectralDistance(y1, y2, reference))
}
