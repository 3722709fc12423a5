import type { StftConfig } from '../spectral/stft.js'

/** How a waveform becomes log-mel frames. */
export interface MelConfig extends StftConfig {
  /** Hz */
  readonly sampleRate: number
  readonly melBands: number
  /** Hz; lower edge of the first band */
  readonly fMin: number
  /** Hz; upper edge of the last band, at most half the sample rate */
  readonly fMax: number
  readonly melScale: 'slaney' | 'htk'
  /** slaney: each band has unit area over frequency; none: each has unit height */
  readonly melNorm: 'slaney' | 'none'
  /** what is below this is raised to it before the logarithm */
  readonly logFloor: number
  readonly logBase: 'e' | '10'
  /** of the magnitudes that the bands sum: 1 magnitude, 2 energy */
  readonly power: 1 | 2
}

/** The mel where no model names another. */
export const defaultMel = 'nvidia-22k'

/**
 * `nvidia-22k`: the mel of NVIDIA's Tacotron 2 and WaveGlow and of HiFi-GAN, which most open TTS models speak;
 * frames lie as in HiFi-GAN, so that frame t stands for samples [256t, 256(t+1)).
 */
export const melPresets = {
  [defaultMel]: {
    sampleRate: 22_050,
    fftSize: 1024,
    winLength: 1024,
    hopLength: 256,
    alignment: 'hop-centred',
    melBands: 80,
    fMin: 0,
    fMax: 8000,
    melScale: 'slaney',
    melNorm: 'slaney',
    logFloor: 1e-5,
    logBase: 'e',
    power: 1,
  },
} as const satisfies Record<string, MelConfig>
