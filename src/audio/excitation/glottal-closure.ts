import { predictionResidual } from '../pitch/linear-prediction.js'
import type { PitchTrack } from '../pitch/pitch.js'
import { type VoicedSegment, voicedSegments } from '../pitch/voiced-segments.js'

/** Glottal closure instants of one voiced segment. */
export interface GlottalPulses {
  readonly segment: VoicedSegment
  /** Sample positions, ascending. */
  readonly instants: Int32Array
  /** Glottal cycles since the first instant; a missed closure makes a step of 2. */
  readonly cycles: Int32Array
  /** Mean height of the chosen residual peaks above the local RMS. */
  readonly strength: number
}

/** Peaks below this many local RMS are no closure; above the upper bound they gain nothing more. */
const MIN_PEAK = 0.8
const maxPeak = 5

/** Cost of a distance d periods from a whole number k of them: JITTER_COST * k * log(d / k)^2. */
const JITTER_COST = 12
const MISSED_CLOSURE_COST = 3
const LATE_START_COST = 3
const MIN_DISTANCE = 0.6
const maxDistance = 2.6

/**
 * Glottal closure instants: of the peaks of the prediction residual, the sequence that is strongest and whose
 * distances agree best with the pitch, by dynamic programming (after P. Naylor et al., "Estimation of glottal
 * closure instants in voiced speech using the DYPSA algorithm", 2007). They come out late by a quarter of a
 * millisecond, the same for all pitches: the residual of a noisy or band-limited voice is no perfect pulse.
 *
 * @param residual as `predictionResidual` gives it
 * @param polarity 1 where closures are negative peaks of the residual, -1 where they are positive
 */
export function pulsesInResidual(
  residual: Float32Array,
  sampleRate: number,
  pitch: PitchTrack,
  polarity: 1 | -1,
): GlottalPulses[] {
  return voicedSegments(pitch, residual.length).map((segment) =>
    segmentPulses(residual, sampleRate, pitch, polarity, segment),
  )
}

/**
 * Polarity of a recording by vote of its voiced segments: 1 where glottal closures are negative peaks of the
 * residual (the usual case), -1 where the recording chain has inverted them. 1 where nothing is voiced.
 */
export function estimatePolarity(waveform: Float32Array, sampleRate: number, pitch: PitchTrack): 1 | -1 {
  return strongerPulses(predictionResidual(waveform, sampleRate), sampleRate, pitch).polarity
}

/** The vote behind `estimatePolarity`: the pulses at the polarity at which they are stronger, 1 when they draw. */
export function strongerPulses(
  residual: Float32Array,
  sampleRate: number,
  pitch: PitchTrack,
): { polarity: 1 | -1; segments: GlottalPulses[] } {
  const at = (polarity: 1 | -1) => {
    const segments = pulsesInResidual(residual, sampleRate, pitch, polarity)
    const total = segments.reduce((sum, { strength, instants }) => sum + strength * instants.length, 0)
    return { polarity, segments, total }
  }
  const [negative, positive] = [at(1), at(-1)]
  return negative.total >= positive.total ? negative : positive
}

function segmentPulses(
  residual: Float32Array,
  sampleRate: number,
  pitch: PitchTrack,
  polarity: 1 | -1,
  segment: VoicedSegment,
): GlottalPulses {
  const { positions, heights } = residualPeaks(residual, sampleRate, pitch, polarity, segment)
  const count = positions.length
  const score = new Float64Array(count)
  const previous = new Int32Array(count).fill(-1)
  const steps = new Int32Array(count)
  let last = -1
  for (let i = 0; i < count; i++) {
    const at = positions[i]!
    const period = sampleRate / pitch.f0Hz[Math.floor(at / pitch.hopLength)]!
    let best = at < segment.start + 2 * period ? 0 : -LATE_START_COST
    for (let j = i - 1; j >= 0; j--) {
      const distance = (at - positions[j]!) / period
      if (distance > maxDistance) break
      if (distance < MIN_DISTANCE) continue
      const cycles = Math.round(distance)
      // Most can be no better, however regular: that spares the logarithm.
      if (score[j]! - MISSED_CLOSURE_COST * (cycles - 1) <= best) continue
      const jitter = Math.log(distance / cycles)
      const value = score[j]! - JITTER_COST * cycles * jitter * jitter - MISSED_CLOSURE_COST * (cycles - 1)
      if (value > best) {
        best = value
        previous[i] = j
        steps[i] = cycles
      }
    }
    score[i] = best + heights[i]!
    if (last < 0 || score[i]! > score[last]!) last = i
  }

  const chain: number[] = []
  for (let i = last; i >= 0; i = previous[i]!) chain.push(i)
  chain.reverse()
  const cycles = new Int32Array(chain.length)
  let heightSum = 0
  chain.forEach((peak, i) => {
    cycles[i] = i === 0 ? 0 : cycles[i - 1]! + steps[peak]!
    heightSum += heights[peak]!
  })
  return {
    segment,
    instants: Int32Array.from(chain, (peak) => positions[peak]!),
    cycles,
    strength: chain.length === 0 ? 0 : heightSum / chain.length,
  }
}

/** Local maxima of -polarity * residual, with their heights relative to the RMS of the two periods about them. */
function residualPeaks(
  residual: Float32Array,
  sampleRate: number,
  pitch: PitchTrack,
  polarity: 1 | -1,
  { start, end }: VoicedSegment,
): { positions: number[]; heights: number[] } {
  const energy = new Float64Array(end - start + 1)
  for (let i = start; i < end; i++) energy[i - start + 1] = energy[i - start]! + residual[i]! ** 2
  const positions: number[] = []
  const heights: number[] = []
  for (let i = start + 1; i < end - 1; i++) {
    const value = -polarity * residual[i]!
    if (value <= 0 || value < -polarity * residual[i - 1]! || value <= -polarity * residual[i + 1]!) continue
    const period = Math.round(sampleRate / pitch.f0Hz[Math.floor(i / pitch.hopLength)]!)
    const lo = Math.max(0, i - start - period)
    const hi = Math.min(end - start, i - start + period)
    const height = value / Math.sqrt((energy[hi]! - energy[lo]!) / (hi - lo) + 1e-18)
    if (height < MIN_PEAK) continue
    positions.push(i)
    heights.push(Math.min(height, maxPeak))
  }
  return { positions, heights }
}
