import { assertCount, assertRange, assertWaveform } from '../pitch/input.js'
import { predictionResidual } from '../pitch/linear-prediction.js'
import type { PitchTrack } from '../pitch/pitch.js'
import { atSample, type VoicedSegment } from '../pitch/voiced-segments.js'
import { type GlottalPulses, pulsesInResidual, strongerPulses } from './glottal-closure.js'
import { type DriftRound, HarmonicDrift } from './harmonic-drift.js'

export { estimatePolarity } from './glottal-closure.js'

export interface PitchPhase {
  /**
   * Cycles at each sample, growing inside voiced segments, NaN where unvoiced. On average, glottal closures
   * lie at whole cycles; each segment counts from an arbitrary whole number.
   */
  readonly phaseCycles: Float64Array
  /** That of `estimatePolarity`, or the one that was given. */
  readonly polarity: 1 | -1
}

export interface PitchPhaseOptions {
  /** Sign convention of `estimatePolarity`; default: its vote over this waveform. */
  readonly polarity?: 1 | -1
}

/** First coarsely, by the strong low harmonics; then finely, within one or two periods, by the high ones. */
const ROUNDS: readonly DriftRound[] = [
  { highestHz: 3000, windowSeconds: 0.023, widest: 0.12 },
  { highestHz: 8000, windowSeconds: 0.012, widest: 0.04 },
]

/**
 * Half width of the window that anchors the phase to closures. Wider favours the harmonics below 1 kHz, whose
 * phase follows the formants rather than the closures; narrower favours those above, which outnumber them.
 */
const ANCHOR_SECONDS = 0.035

/** Fewer closures say nothing about the phase. */
const MIN_CLOSURES = 3

/** The phase never grows more slowly than this share of F0, whatever the corrections say. */
const MIN_SLOPE = 0.5

/**
 * Pitch phase of a recording: F0, smoothed and integrated; corrected by the drift of its harmonics; anchored
 * slowly to glottal closure instants.
 *
 * @param pitch of the same waveform, from `trackPitch`
 * @throws GlowcastError INVALID_AUDIO (empty), NON_FINITE, INVALID_ARGUMENT (rate, hop)
 */
export function trackPitchPhase(
  waveform: Float32Array,
  sampleRate: number,
  pitch: PitchTrack,
  options: PitchPhaseOptions = {},
): PitchPhase {
  assertWaveform(waveform)
  assertRange(sampleRate, 4000, 384_000, 'sampleRate')
  assertCount(pitch.hopLength, sampleRate, 'pitch.hopLength')
  const phaseCycles = new Float64Array(waveform.length).fill(Number.NaN)
  const residual = predictionResidual(waveform, sampleRate)
  const { polarity, segments } =
    options.polarity === undefined
      ? strongerPulses(residual, sampleRate, pitch)
      : {
          polarity: options.polarity,
          segments: pulsesInResidual(residual, sampleRate, pitch, options.polarity),
        }
  for (const pulses of segments) {
    const phase = new SegmentPhase(waveform, sampleRate, pitch, pulses.segment)
    phase.followHarmonics()
    phase.anchor(pulses)
    phase.write(phaseCycles)
  }
  return { phaseCycles, polarity }
}

/** The phase of one voiced segment. */
class SegmentPhase {
  private readonly hopLength: number
  private readonly frames: number
  private readonly f0Hz: Float64Array
  /** Samples before and behind the segment into which the analysis windows reach. */
  private readonly margin: number
  /** Phase from sample start - margin on. */
  private readonly cycles: Float64Array
  private readonly offsets: Float64Array

  constructor(
    private readonly waveform: Float32Array,
    private readonly sampleRate: number,
    pitch: PitchTrack,
    private readonly segment: VoicedSegment,
  ) {
    this.hopLength = pitch.hopLength
    this.frames = segment.endFrame - segment.firstFrame
    this.f0Hz = smoothed(pitch.f0Hz.subarray(segment.firstFrame, segment.endFrame))
    const maxPeriod = 1 / this.f0Hz.reduce((min, f0) => Math.min(min, f0))
    this.margin = Math.ceil(sampleRate * Math.max(2 * maxPeriod, ROUNDS[0]!.windowSeconds))
    this.cycles = new Float64Array(this.frames * this.hopLength + 2 * this.margin)
    this.offsets = new Float64Array(this.frames)
    let sum = 0
    for (let i = 0; i < this.cycles.length; i++) {
      this.cycles[i] = sum
      sum += atSample(this.f0Hz, this.hopLength, i - this.margin) / sampleRate
    }
  }

  followHarmonics(): void {
    const measurement = new HarmonicDrift(this.sampleRate, this.hopLength, this.margin)
    for (const round of ROUNDS) {
      const drift = measurement.measure(this.waveform, this.segment.start, this.f0Hz, this.cycles, round)
      for (let i = 0; i < this.cycles.length; i++) {
        this.cycles[i]! += atSample(drift, this.hopLength, i - this.margin)
      }
    }
  }

  /** Moves the phase, slowly, so that closures lie at whole cycles on average. */
  anchor({ instants }: GlottalPulses): void {
    if (instants.length < MIN_CLOSURES) return
    const real = new Float64Array(this.frames)
    const imag = new Float64Array(this.frames)
    for (const instant of instants) {
      const inside = instant - this.segment.start
      const angle = -2 * Math.PI * this.cycles[inside + this.margin]!
      const frame = Math.floor(inside / this.hopLength)
      real[frame]! += Math.cos(angle)
      imag[frame]! += Math.sin(angle)
    }
    const reach = Math.round((ANCHOR_SECONDS * this.sampleRate) / this.hopLength)
    const firstClosure = Math.floor((instants[0]! - this.segment.start) / this.hopLength)
    let last = 0
    // From the first closure on, then back from it, so that frames without closures near hold their neighbour's.
    for (let frame = firstClosure; frame < this.frames; frame++) {
      last = this.offsetNear(frame, real, imag, reach, last)
      this.offsets[frame] = last
    }
    last = this.offsets[firstClosure]!
    for (let frame = firstClosure - 1; frame >= 0; frame--) {
      last = this.offsetNear(frame, real, imag, reach, last)
      this.offsets[frame] = last
    }
  }

  write(phaseCycles: Float64Array): void {
    const { start, end } = this.segment
    let previous = -Infinity
    for (let i = start; i < end; i++) {
      const inside = i - start
      const value = this.cycles[inside + this.margin]! + atSample(this.offsets, this.hopLength, inside)
      const slowest = (MIN_SLOPE * atSample(this.f0Hz, this.hopLength, inside)) / this.sampleRate
      previous = Math.max(value, previous + slowest)
      phaseCycles[i] = previous
    }
  }

  /** Weighted circular mean of the closures' distances to the phase, on the branch nearest to `last`. */
  private offsetNear(
    frame: number,
    real: Float64Array,
    imag: Float64Array,
    reach: number,
    last: number,
  ): number {
    let x = 0
    let y = 0
    for (let other = Math.max(0, frame - reach); other <= Math.min(this.frames - 1, frame + reach); other++) {
      const weight = 1 + Math.cos((Math.PI * (other - frame)) / (reach + 1))
      x += weight * real[other]!
      y += weight * imag[other]!
    }
    if (x === 0 && y === 0) return last
    const offset = Math.atan2(y, x) / (2 * Math.PI)
    return offset + Math.round(last - offset)
  }
}

/** Triangular weights over five frames: the tracker's jitter would be noise in the high harmonics. */
function smoothed(f0Hz: Float32Array): Float64Array {
  return Float64Array.from(f0Hz, (_, i) => {
    let sum = 0
    let weights = 0
    for (let other = Math.max(0, i - 2); other <= Math.min(f0Hz.length - 1, i + 2); other++) {
      const weight = 3 - Math.abs(other - i)
      sum += weight * f0Hz[other]!
      weights += weight
    }
    return sum / weights
  })
}
