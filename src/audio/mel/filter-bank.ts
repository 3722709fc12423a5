import { invalidConfig } from '../../errors.js'
import { checkStftConfig } from '../spectral/stft.js'
import type { MelConfig } from './mel-config.js'

type MelScale = MelConfig['melScale']
/** All but what places windows in time. */
type BankConfig = Omit<MelConfig, 'winLength' | 'hopLength' | 'alignment'>

/** Slaney 1998, "Auditory Toolbox": linear up to 1 kHz, then 27 mels to a factor of 6.4. */
const LINEAR_HZ_PER_MEL = 200 / 3
const LOG_START_HZ = 1000
const LOG_START_MEL = LOG_START_HZ / LINEAR_HZ_PER_MEL
const LOG_STEP = Math.log(6.4) / 27

/** Hz -> mel; `htk` is 2595 · log10(1 + f / 700) (O'Shaughnessy 1987). */
function hzToMel(hz: number, scale: MelScale): number {
  if (scale === 'htk') return 2595 * Math.log10(1 + hz / 700)
  if (hz < LOG_START_HZ) return hz / LINEAR_HZ_PER_MEL
  return LOG_START_MEL + Math.log(hz / LOG_START_HZ) / LOG_STEP
}

/** Inverse of `hzToMel`. */
function melToHz(mel: number, scale: MelScale): number {
  if (scale === 'htk') return 700 * (10 ** (mel / 2595) - 1)
  if (mel < LOG_START_MEL) return mel * LINEAR_HZ_PER_MEL
  return LOG_START_HZ * Math.exp((mel - LOG_START_MEL) * LOG_STEP)
}

/**
 * Triangular bands, evenly spaced in mel from fMin to fMax, each reaching from the middle of the band below
 * to that of the band above: [melBands, fftSize / 2 + 1], as librosa's `filters.mel`.
 *
 * @throws GlowcastError INVALID_CONFIG
 */
export function melFilterBank(config: MelConfig): Float32Array {
  checkStftConfig(config)
  return anyFilterBank(config)
}

/**
 * As `melFilterBank`, of a spectrum of any even size: that of another system need not come from an FFT of ours.
 *
 * @throws GlowcastError INVALID_CONFIG
 */
export function anyFilterBank(config: BankConfig): Float32Array {
  checkBankConfig(config)
  const { sampleRate, fftSize, melBands, fMin, fMax, melScale, melNorm } = config
  const bins = fftSize / 2 + 1
  const low = hzToMel(fMin, melScale)
  const step = (hzToMel(fMax, melScale) - low) / (melBands + 1)
  const edges = Array.from({ length: melBands + 2 }, (_, i) => melToHz(low + i * step, melScale))
  const bank = new Float32Array(melBands * bins)
  for (let band = 0; band < melBands; band++) {
    const [left, middle, right] = [edges[band]!, edges[band + 1]!, edges[band + 2]!]
    const height = melNorm === 'slaney' ? 2 / (right - left) : 1
    for (let bin = 0; bin < bins; bin++) {
      const hz = (bin * sampleRate) / fftSize
      const weight = Math.min((hz - left) / (middle - left), (right - hz) / (right - middle))
      bank[band * bins + bin] = height * Math.max(0, weight)
    }
  }
  return bank
}

function checkBankConfig(config: BankConfig): void {
  const { sampleRate, fftSize, melBands, fMin, fMax, logFloor } = config
  const check = (ok: boolean, field: keyof BankConfig, expected: string) => {
    if (!ok) throw invalidConfig(field, `${config[field]}`, expected)
  }
  check(Number.isInteger(fftSize / 2) && fftSize >= 4, 'fftSize', 'an even number from 4')
  check(sampleRate > 0 && Number.isFinite(sampleRate), 'sampleRate', 'a positive number of Hz')
  check(Number.isInteger(melBands) && melBands >= 1, 'melBands', 'a positive integer')
  check(fMin >= 0 && fMin < fMax, 'fMin', `from 0 to below fMax, ${fMax} Hz`)
  check(fMax <= sampleRate / 2, 'fMax', `at most half the sample rate, ${sampleRate / 2} Hz`)
  check(logFloor > 0 && Number.isFinite(logFloor), 'logFloor', 'a positive number')
  check(['slaney', 'htk'].includes(config.melScale), 'melScale', 'slaney or htk')
  check(['slaney', 'none'].includes(config.melNorm), 'melNorm', 'slaney or none')
  check(['e', '10'].includes(config.logBase), 'logBase', 'e or 10')
  check([1, 2].includes(config.power), 'power', '1 or 2')
}
