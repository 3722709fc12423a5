import { assertRange, assertWaveform } from './input.js'
import { LagCorrelator, minEnergyProduct } from './lag-correlation.js'
import type { PitchTrack } from './pitch.js'

const WINDOW_SECONDS = 512 / 22_050

/** Lags tried on either side of the pitch period: the track may come from another rendering of the utterance. */
const SEARCH = 3

/**
 * How periodic the voiced parts are: normalised correlation of two 23 ms windows one pitch period apart,
 * symmetric about the frame's centre, the best of the lags within 3 samples of the period, averaged over the
 * voiced frames whose windows lie inside the waveform.
 *
 * @param waveform samples, at any level
 * @param pitch F0 by which to look; of this waveform, or of the recording it should match
 * @returns from -1 to 1; NaN when no frame counts
 * @throws GlowcastError INVALID_AUDIO (empty), NON_FINITE, INVALID_ARGUMENT (rate)
 */
export function pitchLagCorrelation(waveform: Float32Array, sampleRate: number, pitch: PitchTrack): number {
  assertWaveform(waveform)
  assertRange(sampleRate, 4000, 384_000, 'sampleRate')
  const { f0Hz, hopLength } = pitch
  const window = Math.round(WINDOW_SECONDS * sampleRate)
  const correlations = new Float64Array(2 * SEARCH + 1)
  let sum = 0
  let count = 0
  let correlator = new LagCorrelator(window, 0, minEnergyProduct)
  for (let frame = 0; frame < f0Hz.length; frame++) {
    if (!(f0Hz[frame]! > 0)) continue
    const period = Math.max(SEARCH + 1, Math.round(sampleRate / f0Hz[frame]!))
    // Long periods are rare: the correlator grows to the longest met, and its span with it.
    if (period + SEARCH > correlator.maxLag)
      correlator = new LagCorrelator(window, 2 * period, minEnergyProduct)
    const reach = (window + period + SEARCH + 2) >> 1
    const centre = frame * hopLength + (hopLength >> 1)
    if (centre < reach || centre + reach > waveform.length) continue
    const span = waveform.subarray(centre - reach, centre + reach)
    correlator.correlate(span, period - SEARCH, period + SEARCH, correlations)
    sum += correlations.reduce((best, value) => Math.max(best, value), -1)
    count++
  }
  return sum / count
}
