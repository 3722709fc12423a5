import { defaultMel, melPresets } from '../mel-config.js'
import type { MelDescription } from './description.js'

export interface NamedConvention {
  /** Who makes such mels. */
  readonly systems: string
  /** Repository and path that define it. */
  readonly source: string
  readonly mel: MelDescription
}

/** What most share: samples from -1 to 1, the natural logarithm as it is. */
const plain = {
  window: 'hann',
  preEmphasis: 0,
  fullScale: 1,
  energyAdded: 0,
  triangles: 'hz',
  floorIs: 'least',
  factor: 1,
  offset: 0,
  mean: 0,
  deviation: 1,
} as const satisfies Partial<MelDescription>

/** FFT 1024, hop 256, 80 Slaney bands up to 8,000 Hz. HiFi-GAN adds to the energy, Tacotron 2 does not. */
const nvidia: MelDescription = { ...plain, ...melPresets[defaultMel], energyAdded: 1e-9 }

/** The same with other edges of the bank, log10 and a lower floor. */
const espnet: MelDescription = {
  ...nvidia,
  alignment: 'sample-centred',
  energyAdded: 0,
  fMin: 80,
  fMax: 7600,
  logBase: '10',
  logFloor: 1e-10,
}

const vocos: MelDescription = {
  ...plain,
  sampleRate: 24_000,
  fftSize: 1024,
  winLength: 1024,
  hopLength: 256,
  alignment: 'sample-centred',
  melBands: 100,
  fMin: 0,
  fMax: 12_000,
  melScale: 'htk',
  melNorm: 'none',
  power: 1,
  logBase: 'e',
  logFloor: 1e-7,
}

/**
 * `20 * log10(x) - reference`, with [least, 0] dB mapped to -limit … limit, or to 0 … limit; values beyond are clipped.
 *
 * @param gain on the logarithm, 20 for decibels
 */
export function decibelScale({
  gain,
  least,
  reference,
  limit,
  symmetric,
}: {
  readonly gain: number
  readonly least: number
  readonly reference: number
  readonly limit: number
  readonly symmetric: boolean
}): Required<Pick<MelDescription, 'factor' | 'offset' | 'range'>> {
  const span = symmetric ? 2 * limit : limit
  const lowest = symmetric ? -limit : 0
  return {
    factor: (gain * span) / -least,
    offset: ((-reference - least) * span) / -least + lowest,
    range: [lowest, limit],
  }
}

const rayhane: MelDescription = {
  ...nvidia,
  fftSize: 2048,
  winLength: 1100,
  hopLength: 275,
  alignment: 'sample-centred',
  energyAdded: 0,
  preEmphasis: 0.97,
  fMin: 55,
  fMax: 7600,
  power: 2,
  logBase: '10',
  ...decibelScale({ gain: 20, least: -100, reference: 20, limit: 4, symmetric: true }),
}

/** By name. */
export const melConventions = {
  [defaultMel]: {
    systems: 'Tacotron 2, WaveGlow, HiFi-GAN, FastPitch',
    source: 'NVIDIA/tacotron2 layers.py, jik876/hifi-gan meldataset.py',
    mel: nvidia,
  },
  matcha: {
    systems: 'Matcha-TTS, model of LJSpeech',
    source: 'shivammehta25/Matcha-TTS configs/data/ljspeech.yaml, matcha/utils/audio.py',
    mel: { ...nvidia, mean: -5.536622, deviation: 2.116101 },
  },
  'matcha-vctk': {
    systems: 'Matcha-TTS, model of VCTK',
    source: 'shivammehta25/Matcha-TTS configs/data/vctk.yaml',
    mel: { ...nvidia, mean: -6.630575, deviation: 2.482914 },
  },
  'matcha-other': {
    systems: 'Matcha-TTS, data_statistics of your config',
    source: 'shivammehta25/Matcha-TTS matcha/utils/model.py',
    mel: { ...nvidia, mean: 'given', deviation: 'given' },
  },
  espnet: {
    systems: 'ESPnet2, feat_gen_denorm',
    source: 'espnet/espnet espnet2/tts/feats_extract/log_mel_fbank.py, espnet2/layers/log_mel.py',
    mel: espnet,
  },
  'parallel-wavegan': {
    systems: 'ParallelWaveGAN, ESPnet2 feat_gen; normalised by stats.h5',
    source:
      'kan-bayashi/ParallelWaveGAN parallel_wavegan/bin/preprocess.py, egs/ljspeech/voc1/conf/parallel_wavegan.v1.yaml',
    mel: { ...espnet, mean: 'given', deviation: 'given' },
  },
  rayhane: {
    systems: "Rayhane Mama's Tacotron 2, with magnitude_power 2",
    source: 'Rayhane-mamah/Tacotron-2 hparams.py, datasets/audio.py',
    mel: rayhane,
  },
  'rayhane-magnitude': {
    systems: "Rayhane Mama's Tacotron 2, with magnitude_power 1",
    source: 'Rayhane-mamah/Tacotron-2 hparams.py, datasets/audio.py',
    mel: { ...rayhane, power: 1 },
  },
  coqui: {
    systems: 'Coqui TTS, without changes in the audio section of its config',
    source: 'coqui-ai/TTS TTS/config/shared_configs.py, TTS/utils/audio/processor.py',
    mel: {
      ...nvidia,
      alignment: 'sample-centred',
      energyAdded: 0,
      fMax: 11_025,
      logBase: '10',
      logFloor: 1e-8,
      ...decibelScale({ gain: 20, least: -100, reference: 20, limit: 4, symmetric: true }),
    },
  },
  kaldi: {
    systems: 'Kaldi fbank, torchaudio.compliance.kaldi',
    source: 'kaldi-asr/kaldi src/feat/feature-window.h, src/feat/mel-computations.cc',
    mel: {
      ...plain,
      sampleRate: 16_000,
      fftSize: 512,
      winLength: 400,
      hopLength: 160,
      alignment: 'sample-centred',
      window: 'povey',
      preEmphasis: 0.97,
      fullScale: 32_768,
      melBands: 23,
      fMin: 20,
      fMax: 8000,
      melScale: 'htk',
      melNorm: 'none',
      triangles: 'mel',
      power: 2,
      logBase: 'e',
      logFloor: 2 ** -23,
    },
  },
  vocos: {
    systems: 'Vocos of 24 kHz',
    source: 'gemelo-ai/vocos vocos/feature_extractors.py, vocos/modules.py',
    mel: vocos,
  },
  'f5-tts': {
    systems: 'F5-TTS with Vocos',
    source: 'SWivid/F5-TTS src/f5_tts/model/modules.py',
    mel: { ...vocos, logFloor: 1e-5 },
  },
  'bigvgan-24k': {
    systems: 'BigVGAN of 24 kHz and 100 bands',
    source: 'NVIDIA/BigVGAN configs/bigvgan_24khz_100band.json, meldataset.py',
    mel: {
      ...vocos,
      alignment: 'hop-centred',
      energyAdded: 1e-9,
      melScale: 'slaney',
      melNorm: 'slaney',
      logFloor: 1e-5,
    },
  },
  styletts2: {
    systems: 'StyleTTS 2',
    source: 'yl4579/StyleTTS2 meldataset.py',
    mel: {
      ...plain,
      sampleRate: 24_000,
      fftSize: 2048,
      winLength: 1200,
      hopLength: 300,
      alignment: 'sample-centred',
      melBands: 80,
      fMin: 0,
      fMax: 8000,
      // It leaves the rate of torchaudio's bank at 16,000 Hz: its bands reach 12,000 Hz of its audio.
      bankRate: 16_000,
      melScale: 'htk',
      melNorm: 'none',
      power: 2,
      logBase: 'e',
      logFloor: 1e-5,
      floorIs: 'added',
      mean: -4,
      deviation: 4,
    },
  },
} as const satisfies Record<string, NamedConvention>

export type ConventionName = keyof typeof melConventions
