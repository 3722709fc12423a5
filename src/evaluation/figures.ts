/** What one figure is, for tables that people read. */
export interface FigureInfo {
  readonly label: string
  readonly unit: string
  readonly better: 'lower' | 'higher' | 'equal to the recording' | 'neither'
  readonly meaning: string
}

/** Every figure of a pair, in the order they are shown. */
export const figureInfo = {
  logMelL1: {
    label: 'Log-mel L1',
    unit: 'nats',
    better: 'lower',
    meaning: 'Mean absolute difference of the log-mels, 80 bands to 8 kHz.',
  },
  bandErrorBelow8kHz: {
    label: 'Band energy error below 8 kHz',
    unit: 'nats',
    better: 'lower',
    meaning: 'Mean absolute error of the log-energy in 1 kHz bands, 93 ms frames.',
  },
  bandErrorAbove8kHz: {
    label: 'Band energy error above 8 kHz',
    unit: 'nats',
    better: 'lower',
    meaning: 'The same where the mel sees nothing: artefacts that the log-mel L1 misses show here.',
  },
  longTimeErrorBelow8kHz: {
    label: 'Long-time band error below 8 kHz',
    unit: 'nats',
    better: 'lower',
    meaning: 'Error of the log-energy of the whole file in 1 kHz bands: the colour of the sound.',
  },
  longTimeErrorAbove8kHz: {
    label: 'Long-time band error above 8 kHz',
    unit: 'nats',
    better: 'lower',
    meaning: 'The same where the mel sees nothing.',
  },
  spectralConvergence: {
    label: 'Spectral convergence',
    unit: '',
    better: 'lower',
    meaning: 'Relative error of magnitudes, mean of three STFT resolutions. 1 is as far as silence.',
  },
  logMagnitudeL1: {
    label: 'Log-magnitude L1',
    unit: 'nats',
    better: 'lower',
    meaning: 'Mean absolute error of log-magnitudes, mean of three STFT resolutions.',
  },
  spectralEnergyDistance: {
    label: 'Spectral energy distance',
    unit: '',
    better: 'lower',
    meaning: 'A proper score from two samples of the model; its least value is not 0.',
  },
  f0ErrorCents: {
    label: 'F0 error',
    unit: 'cents',
    better: 'lower',
    meaning: 'Mean absolute pitch error where both are voiced. 100 cents are a semitone.',
  },
  voicingF1: {
    label: 'Voicing F1',
    unit: '',
    better: 'higher',
    meaning: 'Agreement on which frames are voiced; 1 is full agreement.',
  },
  voicingPrecision: {
    label: 'Voicing precision',
    unit: '',
    better: 'higher',
    meaning: 'Part of the frames voiced in the synthesis that are voiced in the recording.',
  },
  voicingRecall: {
    label: 'Voicing recall',
    unit: '',
    better: 'higher',
    meaning: 'Part of the frames voiced in the recording that are voiced in the synthesis.',
  },
  periodicityError: {
    label: 'Periodicity error',
    unit: '',
    better: 'lower',
    meaning:
      'RMS difference of the normalised correlation at the pitch lag, frame by frame, 0 where unvoiced.',
  },
  pitchLagCorrelation: {
    label: 'Correlation at the pitch lag',
    unit: '',
    better: 'equal to the recording',
    meaning: 'How periodic voiced speech is: low sounds hoarse, too high buzzes.',
  },
  referencePitchLagCorrelation: {
    label: 'The same in the recording',
    unit: '',
    better: 'neither',
    meaning: 'What the synthesis should reach.',
  },
} as const satisfies Record<string, FigureInfo>

export type FigureName = keyof typeof figureInfo

export const figureNames = Object.keys(figureInfo) as readonly FigureName[]
