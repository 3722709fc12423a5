import { RealFft } from '../../../../src/audio/spectral/real-fft.js'
import { hannWindow } from '../../../../src/audio/spectral/stft.js'
import { invertMatrix } from '../../../../src/numeric/matrix.js'
import { mean as meanOf } from '../../../../src/numeric/stats.js'

const fftSize = 1024
const hopLength = 512
const bands = 32

/** Correlations are shrunk by this share: the clean recordings are few beside the bands. */
const shrinkage = 0.1

/** Binomial low-pass; what it takes away is the residual. */
const lowPass = [1, 4, 6, 4, 1].map((tap) => tap / 16)

/**
 * Long-term spectrum of what a low-pass takes away from a recording, log power in bands: the trace that a vocoder or a
 * codec leaves in all that it makes (after M. Pizarro et al., "Single-model attribution for spoofed speech via vocoder
 * fingerprints in an open-world setting").
 */
function fingerprint(waveform: Float32Array): number[] {
  const window = hannWindow(fftSize)
  const fft = new RealFft(fftSize)
  const samples = new Float64Array(fftSize)
  const spectrum = new Float64Array(fftSize + 2)
  const power = new Float64Array(bands)
  const residual = waveform.map((sample, i) =>
    lowPass.reduce((rest, tap, k) => rest - tap * (waveform[i + k - 2] ?? 0), sample),
  )
  for (let start = 0; start + fftSize <= residual.length; start += hopLength) {
    for (let i = 0; i < fftSize; i++) samples[i] = window[i]! * residual[start + i]!
    fft.forward(samples, spectrum)
    for (let bin = 0; bin < fftSize / 2; bin++) {
      power[Math.floor((bin * bands) / (fftSize / 2))]! +=
        spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2
    }
  }
  return Array.from(power, (sum) => Math.log((sum * hopLength) / residual.length + 1e-9))
}

/** Mahalanobis distance of a recording's fingerprint from those of the clean ones. */
export function fingerprintDistance(clean: readonly Float32Array[]): (waveform: Float32Array) => number {
  const prints = clean.map(fingerprint)
  const mean = Array.from({ length: bands }, (_, a) => meanOf(prints.map((print) => print[a]!)))
  const deviation = mean.map((centre, a) =>
    Math.sqrt(meanOf(prints.map((print) => (print[a]! - centre) ** 2)) + 1e-6),
  )
  const standardised = (print: readonly number[]) =>
    print.map((value, a) => (value - mean[a]!) / deviation[a]!)
  const vectors = prints.map(standardised)
  const correlation = Float64Array.from({ length: bands * bands }, (_, i) => {
    const [a, b] = [Math.floor(i / bands), i % bands]
    return a === b ? 1 : (1 - shrinkage) * meanOf(vectors.map((vector) => vector[a]! * vector[b]!))
  })
  const { inverse } = invertMatrix(correlation, bands)
  return (waveform) => {
    const vector = standardised(fingerprint(waveform))
    return Math.sqrt(
      vector.reduce(
        (sum, x, a) => sum + vector.reduce((row, y, b) => row + x * inverse[a * bands + b]! * y, 0),
        0,
      ) / bands,
    )
  }
}
