import { invalidArgument } from '../../../errors.js'
import type { Frames } from '../../buffers/frames.js'
import { analyseWhole, MagnitudeStft } from '../../spectral/stft.js'
import { anyFilterBank } from '../filter-bank.js'
import type { MelDescription } from './description.js'
import { ValueScale } from './value-scale.js'

/**
 * The mel of a waveform of the convention's rate, as the systems that speak it compute it.
 *
 * @returns [frames, melBands]
 * @throws GlowcastError INVALID_ARGUMENT for another window than Hann's or triangles in mel, INVALID_AUDIO, NON_FINITE
 */
export function melInConvention(waveform: Float32Array, mel: MelDescription): Frames {
  if (mel.window !== 'hann') throw invalidArgument('window', mel.window, 'hann')
  if (mel.triangles !== 'hz') throw invalidArgument('triangles', mel.triangles, 'hz')
  const scale = new ValueScale(mel)
  const rows = bankRows(mel)
  const spectra = new MagnitudeStft(mel)
  const magnitudeOf = (magnitude: number) => Math.sqrt(magnitude * magnitude + mel.energyAdded)
  const toRow = (magnitudes: Float64Array, target: Float32Array) => {
    rows.forEach(({ first, weights }, band) => {
      const sum = weights.reduce(
        (all, weight, i) => all + weight * magnitudeOf(magnitudes[first + i]!) ** mel.power,
        0,
      )
      target[band] = scale.fromLog(Math.log(sum), band)
    })
  }
  return analyseWhole(
    {
      push: (chunk) => spectra.push(chunk, mel.melBands, toRow),
      flush: () => spectra.flush(mel.melBands, toRow),
    },
    preEmphasised(waveform, mel.preEmphasis),
  )
}

/** Of a band, from its first bin that is not zero. */
export interface BandRow {
  readonly first: number
  readonly weights: Float32Array
}

/** A band so narrow that no bin lies in it has no weights. */
export function bankRows(mel: MelDescription): BandRow[] {
  const bank = anyFilterBank({ ...mel, sampleRate: mel.bankRate ?? mel.sampleRate })
  const bins = mel.fftSize / 2 + 1
  return Array.from({ length: mel.melBands }, (_, band) => {
    const row = bank.subarray(band * bins, (band + 1) * bins)
    const first = Math.max(
      0,
      row.findIndex((weight) => weight > 0),
    )
    return { first, weights: row.slice(first, row.findLastIndex((weight) => weight > 0) + 1) }
  })
}

function preEmphasised(waveform: Float32Array, k: number): Float32Array {
  return waveform.map((sample, n) => sample - (n === 0 ? 0 : k * waveform[n - 1]!))
}
