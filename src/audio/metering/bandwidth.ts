import { RealFft } from '../spectral/real-fft.js'

/** Width of the bands that are told apart, Hz: wide enough to hold a harmonic of any voice. */
const bandHz = 250

/** The window is the power of two of about so many seconds. */
const windowSeconds = 0.02

/** A band so far below the strongest one is empty, dB: what filters and encoders leave of it. */
const emptyDb = 72

/** Rounding to 16 bits is white noise of step² / 12; a band that is not so many times as strong holds nothing else. */
const aboveRounding = 4

const roundingPower = (1 / 32768) ** 2 / 12

/** Finds where the spectrum of a stream ends, in bounded memory. */
export class BandwidthMeter {
  private readonly size: number
  private readonly fft: RealFft
  private readonly window: Float64Array
  private readonly frame: Float64Array
  private readonly spectrum: Float64Array
  /** Sum of the power of each bin. */
  private readonly powers: Float64Array
  private fill = 0
  private frames = 0

  constructor(private readonly sampleRate: number) {
    this.size = Math.max(64, 2 ** Math.round(Math.log2(windowSeconds * sampleRate)))
    this.fft = new RealFft(this.size)
    this.window = Float64Array.from({ length: this.size }, (_, i) => {
      const angle = (2 * Math.PI * (i + 0.5)) / this.size
      // Blackman–Harris: its side lobes are lower than what counts as empty.
      return (
        0.35875 - 0.48829 * Math.cos(angle) + 0.14128 * Math.cos(2 * angle) - 0.01168 * Math.cos(3 * angle)
      )
    })
    this.frame = new Float64Array(this.size)
    this.spectrum = new Float64Array(this.size + 2)
    this.powers = new Float64Array(this.size / 2 + 1)
  }

  push(sample: number): void {
    this.frame[this.fill] = sample * this.window[this.fill]!
    this.fill += 1
    if (this.fill === this.size) this.endFrame()
  }

  /** The upper edge of the highest band that is not empty, Hz; 0 for silence. */
  flush(): number {
    if (this.frames === 0 && this.fill > 0) this.endFrame()
    const { powers, size, sampleRate, frames } = this
    const weight = this.window.reduce((sum, value) => sum + value * value, 0)
    const rounding = aboveRounding * roundingPower * weight * frames
    const perBand = Math.max(1, Math.round((bandHz * size) / sampleRate))
    // The mean (DC) and what the window spreads it over belong to no band.
    const bands = Array.from({ length: Math.floor((powers.length - perBand) / perBand) }, (_, band) => {
      const first = perBand + band * perBand
      return powers.subarray(first, first + perBand).reduce((sum, power) => sum + power, 0) / perBand
    })
    const limit = Math.max(rounding, Math.max(...bands) * 10 ** (-emptyDb / 10))
    const highest = bands.findLastIndex((power) => power > limit)
    if (highest < 0) return 0
    return Math.min(sampleRate / 2, ((highest + 2) * perBand * sampleRate) / size)
  }

  private endFrame(): void {
    this.frame.fill(0, this.fill)
    this.fft.forward(this.frame, this.spectrum)
    for (let bin = 0; bin < this.powers.length; bin++) {
      this.powers[bin]! += this.spectrum[2 * bin]! ** 2 + this.spectrum[2 * bin + 1]! ** 2
    }
    this.fill = 0
    this.frames += 1
  }
}
