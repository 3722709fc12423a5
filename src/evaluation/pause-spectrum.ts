import { stft } from '../audio/spectral/stft.js'
import { decibels, sum, sumOfSquares } from '../numeric/stats.js'

const fftSize = 4096

/** The quietest share of a recording's frames is taken for its pauses. */
const pauseShare = 0.1
/** Third-octave bands from here up, in Hz, to Nyquist. */
const lowestBandHz = 100

export interface PauseBand {
  readonly centreHz: number
  /** Long-time level in the pauses, dB full scale, of the recordings and of the syntheses. */
  readonly recordingDb: number
  readonly synthesisDb: number
}

/**
 * The long-time spectrum of pauses, in which a vocoder's own noises show that speech hides: tones at multiples
 * of the group rate, a buzz at the frame rate. Collected over all files, since one has few pauses.
 */
export class PauseSpectrum {
  private readonly recording = new Float64Array(fftSize / 2 + 1)
  private readonly synthesis = new Float64Array(fftSize / 2 + 1)
  private frames = 0

  constructor(private readonly sampleRate: number) {}

  /** Both equally long and aligned. */
  add(recording: Float32Array, synthesis: Float32Array): void {
    const config = {
      fftSize,
      winLength: fftSize,
      hopLength: fftSize / 4,
      alignment: 'sample-centred',
    } as const
    const a = stft(recording, config)
    const b = stft(synthesis, config)
    const levels = Float64Array.from({ length: a.frames }, (_, t) =>
      sumOfSquares(a.data.subarray(t * a.channels, (t + 1) * a.channels)),
    )
    const sounding = levels.filter((level) => level > 0).sort()
    const threshold = sounding[Math.floor(pauseShare * sounding.length)] ?? 0
    levels.forEach((level, t) => {
      if (level > threshold || level === 0) return
      this.frames += 1
      for (let bin = 0; bin < a.channels; bin++) {
        this.recording[bin]! += a.data[t * a.channels + bin]! ** 2
        this.synthesis[bin]! += b.data[t * b.channels + bin]! ** 2
      }
    })
  }

  /** Seconds of pauses so far. */
  get seconds(): number {
    return (this.frames * fftSize) / 4 / this.sampleRate
  }

  /** Third-octave bands; none when no file had a pause. */
  bands(): PauseBand[] {
    if (this.frames === 0) return []
    const bands: PauseBand[] = []
    const toBin = fftSize / this.sampleRate
    for (let centre = lowestBandHz; centre * 2 ** (1 / 6) <= this.sampleRate / 2; centre *= 2 ** (1 / 3)) {
      const first = Math.round(centre * 2 ** (-1 / 6) * toBin)
      const end = Math.max(first + 1, Math.round(centre * 2 ** (1 / 6) * toBin))
      const level = (power: Float64Array) => {
        // Parseval for a Hann window; a bin stands for its mirror image too.
        return decibels(
          (2 * sum(power.subarray(first, end))) / (this.frames * 0.375 * fftSize * fftSize) + 1e-14,
        )
      }
      bands.push({
        centreHz: Math.round(centre),
        recordingDb: level(this.recording),
        synthesisDb: level(this.synthesis),
      })
    }
    return bands
  }
}
