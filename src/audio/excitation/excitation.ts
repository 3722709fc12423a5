import { invalidArgument } from '../../errors.js'
import { assertRange } from '../pitch/input.js'

/** The pair of pulse trains that the flow is conditioned on: Σ cos kφ and Σ sin kφ, zero where unvoiced. */
export interface Excitation {
  readonly cosine: Float32Array
  readonly sine: Float32Array
}

/** Harmonics reach up to this share of Nyquist. */
const bandShare = 0.98

/** Below this |sin φ/2| the quotients are taken at their limit, from which they differ by less than float32 shows. */
const nearPulse = 1e-12

/** Bounds on the phase's slope, cycles per sample: from 11 Hz at 22,050 Hz to one harmonic below Nyquist. */
const slowest = 0.0005
const fastest = 0.49

/** Hz; pulses of a higher pitch cannot be made. */
export function highestPitch(sampleRate: number): number {
  return fastest * sampleRate
}

/**
 * Writes one sample of both trains. The sums over k = 1 … K are Dirichlet kernels:
 *
 *     Σ cos kφ = sin(Kφ/2) cos((K+1)φ/2) / sin(φ/2)     Σ sin kφ = sin(Kφ/2) sin((K+1)φ/2) / sin(φ/2)
 *
 * K follows the pitch; harmonic K + 1 is faded in by the fractional part, so that K never jumps. The scale
 * makes the power about 1/4, whatever the pitch.
 */
function writeSample(target: Excitation, index: number, cycles: number, slope: number): void {
  const exact = (0.5 * bandShare) / Math.min(fastest, Math.max(slowest, slope))
  const count = Math.floor(exact)
  const fade = exact - count
  // Wrapped to (-pi, pi]: just before a pulse, 2 pi - angle would have lost its digits.
  const angle = 2 * Math.PI * (cycles - Math.round(cycles))
  // All angles that are needed are sums of these two: three trigonometric functions, not six.
  const half = Math.sin(angle / 2)
  const halfCosine = Math.sqrt(1 - half * half)
  const topSine = Math.sin(((count + 1) * angle) / 2)
  const topCosine = Math.cos(((count + 1) * angle) / 2)
  let cosine = count
  let sine = 0
  if (Math.abs(half) > nearPulse) {
    const ratio = (topSine * halfCosine - topCosine * half) / half
    cosine = ratio * topCosine
    sine = ratio * topSine
  }
  cosine += fade * (1 - 2 * topSine * topSine)
  sine += fade * 2 * topSine * topCosine
  const scale = 0.5 * Math.sqrt(2 / exact)
  target.cosine[index] = scale * cosine
  target.sine[index] = scale * sine
}

/**
 * Pulse trains for a known phase.
 *
 * @param phaseCycles one value a sample, growing inside voiced segments, NaN where unvoiced
 */
export function excitationFromPhase(phaseCycles: Float64Array): Excitation {
  const samples = phaseCycles.length
  const result: Excitation = { cosine: new Float32Array(samples), sine: new Float32Array(samples) }
  for (let i = 0; i < samples; i++) {
    const cycles = phaseCycles[i]!
    if (Number.isNaN(cycles)) continue
    let slope = phaseCycles[i + 1]! - cycles
    if (!Number.isFinite(slope)) slope = cycles - phaseCycles[i - 1]!
    writeSample(result, i, cycles, Number.isFinite(slope) ? slope : slowest)
  }
  return result
}

/**
 * Pulse trains for F0 values that arrive frame by frame. The value of frame t holds at its centre,
 * t · hopLength + hopLength / 2; between voiced neighbours F0 is interpolated, at onsets and ends it holds,
 * and the phase is its integral. Output lags the input by half a frame, which `flush` brings.
 */
export class ExcitationGenerator {
  private readonly sampleRate: number
  private readonly hopLength: number
  private previous = 0
  private started = false
  private cycles = 0

  /** @throws GlowcastError INVALID_ARGUMENT for an odd hop */
  constructor({ sampleRate, hopLength }: { sampleRate: number; hopLength: number }) {
    if (hopLength < 2 || hopLength % 2 !== 0) {
      throw invalidArgument('hopLength', `${hopLength}`, 'an even number of samples')
    }
    this.sampleRate = sampleRate
    this.hopLength = hopLength
  }

  /**
   * @param f0Hz F0 of the next frames in Hz, 0 where unvoiced
   * @throws GlowcastError INVALID_ARGUMENT for values that are no pitch
   */
  push(f0Hz: Float32Array): Excitation {
    const highest = highestPitch(this.sampleRate)
    for (let i = 0; i < f0Hz.length; i++) assertRange(f0Hz[i]!, 0, highest, `f0Hz[${i}]`)
    const half = this.hopLength / 2
    const samples = f0Hz.length * this.hopLength - (this.started || f0Hz.length === 0 ? 0 : half)
    const result: Excitation = { cosine: new Float32Array(samples), sine: new Float32Array(samples) }
    let position = 0
    for (const f0 of f0Hz) {
      if (this.started) {
        this.between(result, position, this.previous, f0)
        position += this.hopLength
      } else {
        this.hold(result, 0, f0)
        position += half
        this.started = true
      }
      this.previous = f0
    }
    return result
  }

  /** The last half frame. */
  flush(): Excitation {
    const samples = this.started ? this.hopLength / 2 : 0
    const result: Excitation = { cosine: new Float32Array(samples), sine: new Float32Array(samples) }
    if (this.started) this.hold(result, 0, this.previous)
    this.started = false
    return result
  }

  private between(target: Excitation, start: number, from: number, to: number): void {
    if (from === 0 || to === 0) {
      this.hold(target, start, from)
      this.hold(target, start + this.hopLength / 2, to)
      return
    }
    for (let i = 0; i < this.hopLength; i++) {
      this.advance(target, start + i, from + ((to - from) * (i + 0.5)) / this.hopLength)
    }
  }

  private hold(target: Excitation, start: number, f0: number): void {
    if (f0 === 0) return
    for (let i = 0; i < this.hopLength / 2; i++) this.advance(target, start + i, f0)
  }

  private advance(target: Excitation, index: number, f0: number): void {
    const slope = f0 / this.sampleRate
    this.cycles += slope
    if (this.cycles >= 1) this.cycles -= Math.floor(this.cycles)
    writeSample(target, index, this.cycles, slope)
  }
}
