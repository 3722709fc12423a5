import type { PairFigures } from '../../src/evaluation/compare-pair.js'

/** Figures of a pair, plausible unless given. */
export function pairFigures(given: Partial<PairFigures> = {}): PairFigures {
  return {
    seconds: 3,
    logMelL1: 0.3,
    bandErrorBelow8kHz: 0.15,
    bandErrorAbove8kHz: 0.4,
    bandErrors: [0.1, 0.1, 0.12, 0.13, 0.14, 0.15, 0.17, 0.2, 0.3, 0.4, 0.5],
    longTimeErrorBelow8kHz: 0.05,
    longTimeErrorAbove8kHz: 0.2,
    spectralConvergence: 0.5,
    logMagnitudeL1: 0.8,
    spectralEnergyDistance: 4.2,
    f0ErrorCents: 18.5,
    voicingF1: 0.95,
    voicingPrecision: 0.96,
    voicingRecall: 0.94,
    periodicityError: 0.1,
    pitchLagCorrelation: 0.83,
    referencePitchLagCorrelation: 0.86,
    ...given,
  }
}
