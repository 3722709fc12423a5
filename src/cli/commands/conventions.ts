import { loadMono } from '../../audio/files/audio-file.js'
import { type Conversion, conversionOf } from '../../audio/mel/conventions/conversion.js'
import type { MelDescription } from '../../audio/mel/conventions/description.js'
import { conversionLoss } from '../../audio/mel/conventions/loss.js'
import { melConventions, type NamedConvention } from '../../audio/mel/conventions/named.js'
import { defaultMel, melPresets } from '../../audio/mel/mel.js'
import { type CliIo, print } from '../terminal/io.js'

interface Listed extends NamedConvention {
  readonly name: string
  readonly conversion: Conversion['kind']
  /** Why it is refused. */
  readonly reason?: string
  /** Of a recording, nats. */
  readonly loss?: number
}

/** `glowcast conventions`: with a recording, what each conversion loses on it. */
export async function conventions(
  recording: string | undefined,
  options: { json?: boolean },
  io: CliIo = process,
): Promise<void> {
  const { sampleRate } = melPresets[defaultMel]
  const waveform = recording === undefined ? undefined : await loadMono(recording, sampleRate)
  const all = Object.entries<NamedConvention>(melConventions).map(([name, convention]): Listed => {
    const { kind, ...why } = conversionOf(convention.mel)
    const loss =
      waveform === undefined || kind === 'refused' ? {} : { loss: lossOn(waveform, convention.mel) }
    return { name, conversion: kind, ...why, ...loss, ...convention }
  })
  if (options.json === true) print(io, JSON.stringify(all))
  else for (const line of tableOf(all)) print(io, line)
}

/** Any mean and deviation that are to be given lose nothing. */
function lossOn(waveform: Float32Array, mel: MelDescription): number {
  return conversionLoss(waveform, mel.mean === 'given' ? { ...mel, mean: 0, deviation: 1 } : mel)
}

function tableOf(all: readonly Listed[]): string[] {
  const head = ['name', 'rate', 'hop', 'bands', 'Hz', 'conversion', 'nats', 'systems', 'defined by']
  const rows = [head, ...all.map(rowOf)]
  const widths = head.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
}

function rowOf({ name, systems, source, conversion, reason, loss, mel }: Listed): string[] {
  const { sampleRate, bankRate = sampleRate, hopLength, melBands, fMin, fMax } = mel
  const isGiven = mel.mean === 'given' || mel.deviation === 'given'
  return [
    name,
    `${sampleRate}`,
    `${hopLength}`,
    `${melBands}`,
    [fMin, fMax].map((hz) => (hz * sampleRate) / bankRate).join('-'),
    conversion,
    loss?.toFixed(3) ?? '-',
    `${systems}${isGiven ? ' (mean and deviation are to be given)' : ''}${reason === undefined ? '' : ` (${reason})`}`,
    source,
  ]
}
