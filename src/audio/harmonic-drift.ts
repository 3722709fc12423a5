/** Window of the harmonic analysis, in seconds; 512 samples at 22,050 Hz. */
const windowSeconds = 0.0232
const mostHarmonics = 16
const highestHz = 3000

/** Drift searched per frame, in cycles of the fundamental, and the step of the search. */
const widest = 0.12
const step = 0.005

interface Harmonics {
  readonly count: number
  readonly real: Float64Array
  readonly imaginary: Float64Array
}

/**
 * How far a voice's harmonics run ahead of a given phase, from frame to frame: the turn that makes the
 * harmonics of neighbouring frames agree best, all harmonics together.
 */
export class HarmonicDrift {
  /** Samples that a window reaches beyond the outermost frame centres. */
  readonly reach: number
  private readonly window: Float64Array

  constructor(
    sampleRate: number,
    private readonly hopLength: number,
  ) {
    const length = 2 * Math.round((windowSeconds * sampleRate) / 2)
    this.reach = length
    this.window = Float64Array.from(
      { length },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length),
    )
  }

  /**
   * @param start sample at which the segment starts
   * @param f0Hz F0 of its frames
   * @param cycles phase from `reach` samples before the segment to as many behind it
   * @returns drift since the frame before, in cycles of the fundamental
   */
  measure(waveform: Float32Array, start: number, f0Hz: Float64Array, cycles: Float64Array): Float64Array {
    const cosines = Float64Array.from(cycles, (value) => Math.cos(2 * Math.PI * value))
    const sines = Float64Array.from(cycles, (value) => Math.sin(2 * Math.PI * value))
    const drift = new Float64Array(f0Hz.length)
    let previous: Harmonics | undefined
    for (let frame = 0; frame < f0Hz.length; frame++) {
      const count = Math.max(1, Math.min(mostHarmonics, Math.floor(highestHz / f0Hz[frame]!)))
      const centre = frame * this.hopLength + this.hopLength / 2
      const harmonics = this.analyse(waveform, start, centre, count, cosines, sines)
      if (previous !== undefined) drift[frame] = bestTurn(harmonics, previous)
      previous = harmonics
    }
    return drift
  }

  private analyse(
    waveform: Float32Array,
    start: number,
    centre: number,
    count: number,
    cosines: Float64Array,
    sines: Float64Array,
  ): Harmonics {
    const real = new Float64Array(count)
    const imaginary = new Float64Array(count)
    const first = centre - this.window.length / 2
    for (let i = 0; i < this.window.length; i++) {
      const value = (waveform[start + first + i] ?? 0) * this.window[i]!
      const cosine = cosines[first + i + this.reach]!
      const sine = sines[first + i + this.reach]!
      // Harmonic k is the k-th power of the fundamental's rotation.
      let x = value
      let y = 0
      for (let k = 0; k < count; k++) {
        const turned = x * cosine - y * sine
        y = x * sine + y * cosine
        x = turned
        real[k] = real[k]! + x
        imaginary[k] = imaginary[k]! - y
      }
    }
    return { count, real, imaginary }
  }
}

function bestTurn(current: Harmonics, previous: Harmonics): number {
  const count = Math.min(current.count, previous.count)
  const weights = new Float64Array(count)
  const angles = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    const real = current.real[k]! * previous.real[k]! + current.imaginary[k]! * previous.imaginary[k]!
    const imaginary = current.imaginary[k]! * previous.real[k]! - current.real[k]! * previous.imaginary[k]!
    weights[k] = Math.sqrt(Math.hypot(real, imaginary))
    angles[k] = Math.atan2(imaginary, real)
  }
  const agreement = (turn: number) => {
    let sum = 0
    for (let k = 0; k < count; k++) sum += weights[k]! * Math.cos(angles[k]! - 2 * Math.PI * (k + 1) * turn)
    return sum
  }
  let best = 0
  let highest = Number.NEGATIVE_INFINITY
  for (let turn = -widest; turn <= widest + step / 2; turn += step) {
    const value = agreement(turn)
    if (value > highest) {
      highest = value
      best = turn
    }
  }
  const before = agreement(best - step)
  const after = agreement(best + step)
  const curvature = before - 2 * highest + after
  return curvature < 0 ? best + (0.5 * step * (before - after)) / curvature : best
}
