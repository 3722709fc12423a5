import { type GlottalPulses, pulsesInResidual, residualPolarity } from './glottal-closure.js'
import { HarmonicDrift } from './harmonic-drift.js'
import { predictionResidual } from './linear-prediction.js'
import type { PitchTrack } from './pitch.js'
import type { VoicedSegment } from './voiced-segments.js'

export interface PitchPhase {
  /** Cycles at each sample, growing inside voiced segments; NaN where unvoiced. Closures lie at whole cycles. */
  readonly phaseCycles: Float64Array
}

export interface PitchPhaseOptions {
  /** Sign of the residual at glottal closures; default: whichever is stronger over the whole waveform. */
  readonly polarity?: 1 | -1
}

/** Rounds of drift correction: the second finds little, the third nothing. */
const driftRounds = 2

/** Half width of the window that anchors the phase to closures. */
const anchorSeconds = 0.07

/** Closures needed before they say anything about the phase. */
const fewestClosures = 3

/**
 * Pitch phase of a recording, for training and density: F0 is smoothed and integrated, corrected by the
 * phase drift of its harmonics, and anchored slowly to glottal closure instants (the design, section 2).
 *
 * @param pitch of the same waveform, from `trackPitch`
 */
export function trackPitchPhase(
  waveform: Float32Array,
  sampleRate: number,
  pitch: PitchTrack,
  options: PitchPhaseOptions = {},
): PitchPhase {
  const phaseCycles = new Float64Array(waveform.length).fill(Number.NaN)
  const residual = predictionResidual(waveform, sampleRate)
  const polarity = options.polarity ?? residualPolarity(residual, sampleRate, pitch)
  for (const pulses of pulsesInResidual(residual, sampleRate, pitch, polarity)) {
    const tracker = new SegmentPhase(waveform, sampleRate, pitch, pulses.segment)
    tracker.anchor(pulses)
    tracker.write(phaseCycles)
  }
  return { phaseCycles }
}

/** The phase of one voiced segment. */
class SegmentPhase {
  private readonly start: number
  private readonly stop: number
  private readonly frames: number
  /** Smoothed F0, one value a pitch frame. */
  private readonly f0Hz: Float64Array
  /** Phase from `margin` samples before the segment to as many behind it. */
  private readonly cycles: Float64Array
  private readonly margin: number
  private readonly offsets: Float64Array

  constructor(
    waveform: Float32Array,
    private readonly sampleRate: number,
    private readonly pitch: PitchTrack,
    { firstFrame, endFrame, start, end }: VoicedSegment,
  ) {
    const { hopLength } = pitch
    this.start = start
    this.stop = end
    this.frames = endFrame - firstFrame
    this.f0Hz = smoothed(pitch.f0Hz.subarray(firstFrame, endFrame))
    const drift = new HarmonicDrift(sampleRate, hopLength)
    this.margin = drift.reach
    this.cycles = this.integrated()
    this.offsets = new Float64Array(this.frames)
    for (let round = 0; round < driftRounds; round++) {
      const corrections = drift.measure(waveform, this.start, this.f0Hz, this.cycles)
      for (let frame = 1; frame < this.frames; frame++) {
        corrections[frame] = corrections[frame]! + corrections[frame - 1]!
      }
      this.cycles.forEach((value, i) => {
        this.cycles[i] = value + this.between(corrections, i - this.margin)
      })
    }
  }

  /** Moves the phase so that, averaged over ± 70 ms, closures lie at whole cycles. */
  anchor({ instants }: GlottalPulses): void {
    if (instants.length < fewestClosures) return
    const { hopLength } = this.pitch
    const real = new Float64Array(this.frames)
    const imaginary = new Float64Array(this.frames)
    for (const position of instants) {
      const angle = -2 * Math.PI * this.cycles[position - this.start + this.margin]!
      const frame = Math.min(this.frames - 1, Math.floor((position - this.start) / hopLength))
      real[frame] = real[frame]! + Math.cos(angle)
      imaginary[frame] = imaginary[frame]! + Math.sin(angle)
    }
    const reach = Math.round((anchorSeconds * this.sampleRate) / hopLength)
    let last = 0
    for (let frame = 0; frame < this.frames; frame++) {
      let x = 0
      let y = 0
      for (let d = -reach; d <= reach; d++) {
        const weight = 1 + Math.cos((Math.PI * d) / (reach + 1))
        x += weight * (real[frame + d] ?? 0)
        y += weight * (imaginary[frame + d] ?? 0)
      }
      const offset = x === 0 && y === 0 ? last : Math.atan2(y, x) / (2 * Math.PI)
      last = frame === 0 ? offset : offset + Math.round(last - offset)
      this.offsets[frame] = last
    }
  }

  write(phaseCycles: Float64Array): void {
    for (let i = this.start; i < this.stop; i++) {
      const inside = i - this.start
      phaseCycles[i] = this.cycles[inside + this.margin]! + this.between(this.offsets, inside)
    }
  }

  private integrated(): Float64Array {
    const length = this.frames * this.pitch.hopLength + 2 * this.margin
    const cycles = new Float64Array(length)
    let sum = 0
    for (let i = 0; i < length; i++) {
      sum += this.between(this.f0Hz, i - this.margin) / this.sampleRate
      cycles[i] = sum
    }
    return cycles
  }

  /** Values at frame centres, interpolated at a sample of the segment; held outside. */
  private between(values: Float64Array, sample: number): number {
    const position = Math.min(this.frames - 1, Math.max(0, sample / this.pitch.hopLength - 0.5))
    const frame = Math.floor(position)
    const next = Math.min(this.frames - 1, frame + 1)
    const share = position - frame
    return values[frame]! * (1 - share) + values[next]! * share
  }
}

/** Triangular weights over five frames: the tracker's jitter would be noise in high harmonics. */
function smoothed(f0Hz: Float32Array): Float64Array {
  return Float64Array.from(f0Hz, (_, i) => {
    let sum = 0
    let weights = 0
    for (let d = -2; d <= 2; d++) {
      const value = f0Hz[i + d]
      if (value === undefined) continue
      sum += (3 - Math.abs(d)) * value
      weights += 3 - Math.abs(d)
    }
    return sum / weights
  })
}
