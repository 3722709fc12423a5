import { defaultMel, logMel, melPresets } from '../audio/mel/mel.js'
import { pitchLagCorrelation } from '../audio/pitch/periodicity.js'
import { trackPitch } from '../audio/pitch/pitch.js'
import { invalidAudio, shapeMismatch } from '../errors.js'
import { plural } from '../plural.js'
import type { FigureName } from './figures.js'
import { bandLogEnergyError, logMelL1, multiResolutionStft } from './spectral.js'
import { spectralEnergyDistance } from './spectral-energy-distance.js'
import { compareVoicing } from './voicing.js'

const mel = melPresets[defaultMel]

export interface PairInput {
  /** The recording, samples in [-1, 1]. */
  readonly reference: Float32Array
  /** What the model made of the recording's mel. */
  readonly synthesis: Float32Array
  /** The same with other noise; without it there is no spectral energy distance. */
  readonly secondSynthesis?: Float32Array
  /** Hz; 22,050, the rate of the mel that is compared. */
  readonly sampleRate: number
}

/** The figures of `figureInfo`, null where undefined (no voiced frame, no second synthesis). */
export interface PairFigures extends Readonly<Record<FigureName, number | null>> {
  readonly seconds: number
  /** Log-energy error in nats per 1 kHz band from 0 up. */
  readonly bandErrors: readonly number[]
}

/** A vocoder may add or lose a part of the last frame; more is not the same utterance. */
function alignEnds(reference: Float32Array, others: readonly Float32Array[]): Float32Array[] {
  for (const { length } of others) {
    if (Math.abs(length - reference.length) > mel.winLength) {
      const expected = `${reference.length} as the reference has, give or take ${mel.winLength}`
      throw shapeMismatch('synthesis', plural(length, 'sample'), expected)
    }
  }
  const length = Math.min(reference.length, ...others.map((other) => other.length))
  if (length < mel.hopLength) {
    const expected = `at least ${mel.hopLength}, one frame`
    throw invalidAudio('reference or synthesis', plural(length, 'sample'), expected)
  }
  return [reference, ...others].map((waveform) => waveform.subarray(0, length))
}

/**
 * All figures of a recording and its resynthesis. Ends that differ by up to 1,024 samples are cut to the
 * shorter; starts must be aligned.
 *
 * @throws GlowcastError INVALID_AUDIO (rate, too short), SHAPE_MISMATCH (lengths), NON_FINITE
 */
export function comparePair(input: PairInput): PairFigures {
  const { sampleRate, secondSynthesis } = input
  if (sampleRate !== mel.sampleRate) {
    throw invalidAudio('sampleRate', `${sampleRate} Hz`, `${mel.sampleRate} Hz`)
  }
  const aligned = alignEnds(
    input.reference,
    secondSynthesis ? [input.synthesis, secondSynthesis] : [input.synthesis],
  )
  const [reference, synthesis, second] = aligned as [Float32Array, Float32Array, Float32Array?]
  const bands = bandLogEnergyError(reference, synthesis, sampleRate)
  const pitch = trackPitch(reference, sampleRate)
  // Both at the reference's lags: a synthesis that loses its voicing must not escape the measurement.
  const correlation = (waveform: Float32Array) => {
    const value = pitchLagCorrelation(waveform, sampleRate, pitch)
    return Number.isNaN(value) ? null : value
  }
  return {
    seconds: reference.length / sampleRate,
    logMelL1: logMelL1(logMel(reference, mel), logMel(synthesis, mel)),
    bandErrorBelow8kHz: bands.below8kHz,
    bandErrorAbove8kHz: bands.above8kHz,
    bandErrors: bands.perBand,
    longTimeErrorBelow8kHz: bands.longTimeBelow8kHz,
    longTimeErrorAbove8kHz: bands.longTimeAbove8kHz,
    ...multiResolutionStft(reference, synthesis),
    spectralEnergyDistance: second ? spectralEnergyDistance(reference, synthesis, second) : null,
    ...compareVoicing(pitch, trackPitch(synthesis, sampleRate)),
    pitchLagCorrelation: correlation(synthesis),
    referencePitchLagCorrelation: correlation(reference),
  }
}
