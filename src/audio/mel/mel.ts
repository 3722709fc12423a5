import { invalidAudio } from '../../errors.js'
import type { Frames } from '../buffers/frames.js'
import { analyseWhole, MagnitudeStft, type RowWriter } from '../spectral/stft.js'
import { melFilterBank } from './filter-bank.js'
import type { MelConfig } from './mel-config.js'

export { melFilterBank } from './filter-bank.js'
export { defaultMel, type MelConfig, melPresets } from './mel-config.js'

/** Streaming log-mel, in bounded memory: all pushes and the flush together equal `logMel`, bit for bit. */
export class MelAnalyzer {
  private readonly spectra: MagnitudeStft
  private readonly writeRow: RowWriter

  /** @throws GlowcastError INVALID_CONFIG */
  constructor(private readonly config: MelConfig) {
    this.writeRow = melRowWriter(config)
    this.spectra = new MagnitudeStft(config)
  }

  /**
   * Any number of samples -> the frames that they complete, [frames, melBands].
   *
   * @throws GlowcastError NON_FINITE
   */
  push(chunk: Float32Array): Frames {
    return this.spectra.push(chunk, this.config.melBands, this.writeRow)
  }

  /** Ends the signal: its remaining frames. The analyzer is then as new. */
  flush(): Frames {
    return this.spectra.flush(this.config.melBands, this.writeRow)
  }
}

/**
 * Log-mel of a whole waveform, [frames, melBands]; see `Alignment` for their number and for the edges. A
 * hop-centred waveform shorter than one hop has no frames.
 *
 * @throws GlowcastError INVALID_CONFIG, INVALID_AUDIO when the waveform is empty, NON_FINITE
 */
export function logMel(waveform: Float32Array, config: MelConfig): Frames {
  if (waveform.length === 0) {
    throw invalidAudio('waveform', 'no samples', 'at least one sample')
  }
  return analyseWhole(new MelAnalyzer(config), waveform)
}

/** The bins where the triangle of a band is not zero: under 2 % of the matrix. */
interface Band {
  readonly first: number
  readonly weights: Float32Array
}

/** Made once for each config: it takes a third as long as the mel of a second of audio. */
const bandsByConfig = new WeakMap<MelConfig, readonly Band[]>()

function bandsOf(config: MelConfig): readonly Band[] {
  const bands = bandsByConfig.get(config) ?? makeBands(config)
  bandsByConfig.set(config, bands)
  return bands
}

function makeBands(config: MelConfig): Band[] {
  const bank = melFilterBank(config)
  const bins = config.fftSize / 2 + 1
  return Array.from({ length: config.melBands }, (_, band) => {
    const row = bank.subarray(band * bins, (band + 1) * bins)
    const first = row.findIndex((weight) => weight > 0)
    const last = row.findLastIndex((weight) => weight > 0)
    return {
      first: Math.max(first, 0),
      weights: first < 0 ? new Float32Array(0) : row.slice(first, last + 1),
    }
  })
}

function melRowWriter(config: MelConfig): RowWriter {
  const bands = bandsOf(config)
  const { logFloor, power, melBands } = config
  const log = config.logBase === 'e' ? Math.log : Math.log10
  return (magnitudes, row) => {
    for (let band = 0; band < melBands; band++) {
      const { first, weights } = bands[band]!
      let sum = 0
      for (let i = 0; i < weights.length; i++) {
        const magnitude = magnitudes[first + i]!
        sum += weights[i]! * (power === 1 ? magnitude : magnitude * magnitude)
      }
      row[band] = log(Math.max(sum, logFloor))
    }
  }
}
