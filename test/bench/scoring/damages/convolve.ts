import { RealFft } from '../../../../src/audio/spectral/real-fft.js'

/** The first `signal.length` samples of the convolution of a signal with an impulse response. */
export function convolved(signal: Float32Array, impulse: Float32Array): Float32Array {
  const size = 2 ** Math.ceil(Math.log2(signal.length + impulse.length))
  const fft = new RealFft(size)
  const spectrumOf = (samples: Float32Array) => {
    const padded = new Float64Array(size)
    padded.set(samples)
    const spectrum = new Float64Array(size + 2)
    fft.forward(padded, spectrum)
    return spectrum
  }
  const a = spectrumOf(signal)
  const b = spectrumOf(impulse)
  for (let k = 0; k < a.length; k += 2) {
    const re = a[k]! * b[k]! - a[k + 1]! * b[k + 1]!
    a[k + 1] = a[k]! * b[k + 1]! + a[k + 1]! * b[k]!
    a[k] = re
  }
  const result = new Float64Array(size)
  fft.inverse(a, result)
  return Float32Array.from(result.subarray(0, signal.length))
}
