import FFT from 'fft.js'
import { parabolicOffset } from '../pitch/lag-correlation.js'
import { type CycleSignal, resampleByCycle } from './cycle-resampler.js'

/** One round of drift measurement. */
export interface DriftRound {
  /** Harmonics up to this frequency take part. */
  readonly highestHz: number
  readonly windowSeconds: number
  /** Drift sought per frame, cycles of the fundamental, either way. */
  readonly widest: number
}

/** What the running mean of past frames keeps from one frame to the next: it forgets within some 25 ms. */
const MEMORY = 0.8

/**
 * Harmonics are weighted by |H|^(2 * 0.3): nearly alike, since the weak high ones tell the time best, but not
 * quite, since the weakest are noise.
 */
const WEIGHT_EXPONENT = 0.3

/** Search steps per cycle of the highest harmonic. */
const STEPS_PER_CYCLE = 10

const ffts = new Map<number, FFT>()

/**
 * How far a voice runs ahead of a given phase, from frame to frame: the turn of the fundamental by which the
 * harmonics of a frame, all together, agree best with the running mean of those before,
 *
 *     d = argmax sum over k of w_k cos(arg(H_k conj(M_k)) - 2 pi k d).
 */
export class HarmonicDrift {
  /**
   * @param margin samples that the phase reaches beyond the segment at either end
   */
  constructor(
    private readonly sampleRate: number,
    private readonly hopLength: number,
    private readonly margin: number,
  ) {}

  /**
   * @param start first sample of the segment
   * @param f0Hz F0 of the segment's frames
   * @param phaseCycles phase from sample start - margin on
   * @returns drift since the first frame, cycles, one value per frame
   */
  measure(
    waveform: Float32Array,
    start: number,
    f0Hz: Float64Array,
    phaseCycles: Float64Array,
    round: DriftRound,
  ): Float64Array {
    // So many that what lies above Nyquist's image does not fold onto the harmonics that count.
    const lowest = f0Hz.reduce((min, f0) => Math.min(min, f0))
    const points = 2 ** Math.ceil(Math.log2((this.sampleRate / 2 + round.highestHz) / lowest))
    const signal = resampleByCycle(waveform, start - this.margin, phaseCycles, points)
    const frame = new FrameHarmonics(points)
    const drift = new Float64Array(f0Hz.length)
    for (let t = 0; t < f0Hz.length; t++) {
      const centre = phaseCycles[Math.round(this.margin + (t + 0.5) * this.hopLength)]!
      const periods = Math.max(2, Math.round(round.windowSeconds * f0Hz[t]!))
      frame.analyse(signal, centre, periods)
      const before = t === 0 ? 0 : drift[t - 1]!
      const count = Math.max(1, Math.min(Math.floor(round.highestHz / f0Hz[t]!), points / 2 - 1))
      drift[t] = t === 0 ? 0 : before + frame.turnFromMean(count, before, round.widest)
      frame.joinMean(drift[t]!)
    }
    return drift
  }
}

/** Harmonics of the current frame and their running mean over the frames before. */
class FrameHarmonics {
  private readonly fft: FFT
  private readonly folded: Float64Array
  private readonly spectrum: Float64Array
  private readonly meanReal: Float64Array
  private readonly meanImag: Float64Array
  private readonly crossReal: Float64Array
  private readonly crossImag: Float64Array

  constructor(private readonly points: number) {
    let fft = ffts.get(points)
    if (fft === undefined) {
      fft = new FFT(points)
      ffts.set(points, fft)
    }
    this.fft = fft
    this.folded = new Float64Array(points)
    this.spectrum = new Float64Array(2 * points)
    this.meanReal = new Float64Array(points / 2)
    this.meanImag = new Float64Array(points / 2)
    this.crossReal = new Float64Array(points / 2)
    this.crossImag = new Float64Array(points / 2)
  }

  /**
   * Harmonics of `periods` cycles about a phase. The Hann window over whole cycles is zero at every other
   * harmonic; the windowed cycles are folded into one, whose transform has the harmonics as its bins.
   */
  analyse({ values, first }: CycleSignal, centreCycles: number, periods: number): void {
    const { folded, points } = this
    const length = periods * points
    const begin = Math.round(centreCycles * points) - length / 2
    const lo = Math.max(0, first - begin)
    const hi = Math.min(length, first + values.length - begin)
    const stepReal = Math.cos((2 * Math.PI) / length)
    const stepImag = Math.sin((2 * Math.PI) / length)
    let real = Math.cos((2 * Math.PI * lo) / length)
    let imag = Math.sin((2 * Math.PI * lo) / length)
    folded.fill(0)
    let bin = (((begin + lo) % points) + points) % points
    for (let i = lo; i < hi; i++) {
      folded[bin]! += values[begin + i - first]! * (1 - real)
      bin = bin + 1 === points ? 0 : bin + 1
      const turned = real * stepReal - imag * stepImag
      imag = real * stepImag + imag * stepReal
      real = turned
    }
    this.fft.realTransform(this.spectrum, folded)
  }

  /** Best turn, in cycles, from the mean as it would stand at drift `before`. */
  turnFromMean(count: number, before: number, widest: number): number {
    const { spectrum, meanReal, meanImag, crossReal, crossImag } = this
    for (let k = 1; k <= count; k++) {
      const angle = 2 * Math.PI * k * before
      const cosine = Math.cos(angle)
      const sine = Math.sin(angle)
      const mr = meanReal[k]! * cosine - meanImag[k]! * sine
      const mi = meanReal[k]! * sine + meanImag[k]! * cosine
      const real = spectrum[2 * k]! * mr + spectrum[2 * k + 1]! * mi
      const imag = spectrum[2 * k + 1]! * mr - spectrum[2 * k]! * mi
      const power = real * real + imag * imag
      const weight = power > 0 ? power ** ((WEIGHT_EXPONENT - 1) / 2) : 0
      crossReal[k] = real * weight
      crossImag[k] = imag * weight
    }
    const step = 1 / (STEPS_PER_CYCLE * Math.max(8, count))
    const reach = Math.ceil(widest / step)
    let best = 0
    let highest = -Infinity
    for (let i = -reach; i <= reach; i++) {
      const value = this.agreement(count, i * step)
      if (value <= highest) continue
      highest = value
      best = i
    }
    const left = this.agreement(count, (best - 1) * step)
    const right = this.agreement(count, (best + 1) * step)
    return (best + parabolicOffset(left, highest, right)) * step
  }

  /** Real part of the cross spectrum turned back by `turn` cycles of the fundamental. */
  private agreement(count: number, turn: number): number {
    const { crossReal, crossImag } = this
    const stepReal = Math.cos(2 * Math.PI * turn)
    const stepImag = -Math.sin(2 * Math.PI * turn)
    let real = 1
    let imag = 0
    let sum = 0
    for (let k = 1; k <= count; k++) {
      const turned = real * stepReal - imag * stepImag
      imag = real * stepImag + imag * stepReal
      real = turned
      sum += crossReal[k]! * real - crossImag[k]! * imag
    }
    return sum
  }

  /** Adds the frame, turned back by its drift, to the mean. */
  joinMean(drift: number): void {
    const { spectrum, meanReal, meanImag } = this
    const stepReal = Math.cos(2 * Math.PI * drift)
    const stepImag = -Math.sin(2 * Math.PI * drift)
    let real = 1
    let imag = 0
    for (let k = 1; k < meanReal.length; k++) {
      const turned = real * stepReal - imag * stepImag
      imag = real * stepImag + imag * stepReal
      real = turned
      const re = spectrum[2 * k]!
      const im = spectrum[2 * k + 1]!
      meanReal[k] = MEMORY * meanReal[k]! + re * real - im * imag
      meanImag[k] = MEMORY * meanImag[k]! + re * imag + im * real
    }
  }
}
