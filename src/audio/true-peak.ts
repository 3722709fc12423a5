import { Resampler } from './resample.js'

/** ITU-R BS.1770-4, annex 2, asks for a rate of at least 192 kHz. */
const leastRate = 192_000

/** Largest size that a band-limited signal reaches between and at its samples, over a stream. */
export class TruePeakMeter {
  private readonly resamplers: Resampler[]
  private highest = 0

  constructor(sampleRate: number, channels: number) {
    const factor = Math.max(1, Math.min(4, Math.ceil(leastRate / sampleRate)))
    this.resamplers = Array.from({ length: channels }, () => new Resampler(sampleRate, factor * sampleRate))
  }

  push(chunk: readonly Float32Array[]): void {
    this.resamplers.forEach((resampler, channel) => {
      this.take(chunk[channel]!)
      this.take(resampler.push(chunk[channel]!))
    })
  }

  /** Ends the signal. @returns amplitude, 1 is full scale */
  flush(): number {
    for (const resampler of this.resamplers) this.take(resampler.flush())
    return this.highest
  }

  private take(samples: Float32Array): void {
    for (const sample of samples) this.highest = Math.max(this.highest, Math.abs(sample))
  }
}
