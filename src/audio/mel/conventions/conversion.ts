import { invalidArgument } from '../../../errors.js'
import { defaultMel, melPresets } from '../mel-config.js'
import type { MelDescription } from './description.js'
import { melConventions } from './named.js'
import { ValueScale } from './value-scale.js'

/**
 * - `exact`: another scale of the same sums.
 * - `least-squares`: the bands are made of others, and frames of those around them; it loses detail.
 * - `refused`: the mel lacks too much of what `nvidia-22k` has.
 */
export type Conversion =
  | { readonly kind: 'exact' | 'least-squares' }
  | { readonly kind: 'refused'; readonly reason: string }

export const target: MelDescription = melConventions[defaultMel].mel
/** Natural logarithm that `nvidia-22k` raises lower ones to. */
export const targetFloor = Math.log(melPresets[defaultMel].logFloor)

/** Whether a convention is `nvidia-22k`, so that nothing is to be converted. */
export function isTarget(mel: MelDescription): boolean {
  const names = Object.keys({ ...target, ...mel }) as (keyof MelDescription)[]
  return names.every((name) => JSON.stringify(mel[name]) === JSON.stringify(target[name]))
}

/** What the sums of the bands depend on. Where the hop is the same, the alignment is a delay of half a hop. */
const bankFields = [
  'sampleRate',
  'fftSize',
  'winLength',
  'hopLength',
  'preEmphasis',
  'melBands',
  'fMin',
  'fMax',
  'melScale',
  'melNorm',
  'power',
] as const satisfies readonly (keyof MelDescription)[]

const minBands = 60
const lowestTopHz = 7000
const highestBottomHz = 150
const maxHopMs = 15
const windowMs = [20, 70] as const
/** Of magnitudes: -60 dB. What is clipped above it turns the pauses of speech into noise. */
const highestClipping = 1e-3

/** How mels of a convention become those of `nvidia-22k`. */
export function conversionOf(mel: MelDescription): Conversion {
  const reason = refusalOf(mel)
  if (reason !== undefined) return { kind: 'refused', reason }
  const isSame = bankFields.every((name) => mel[name] === target[name])
  return { kind: isSame && scaleOfBank(mel) === 1 ? 'exact' : 'least-squares' }
}

/** @throws GlowcastError INVALID_ARGUMENT where the convention cannot be converted, or is not told in full */
export function assertConvertible(mel: MelDescription, field: string): void {
  const conversion = conversionOf(mel)
  if (conversion.kind === 'refused') {
    throw invalidArgument(field, conversion.reason, 'a convention that can be converted')
  }
  for (const part of ['mean', 'deviation'] as const) {
    const example =
      '{"like": "parallel-wavegan", "mean": [...], "deviation": [...]}, one number or one a band'
    if (mel[part] === 'given')
      throw invalidArgument(`${field}: ${part}`, 'nothing', `that of your data set: ${example}`)
  }
}

/** By how much the bands lie higher in the audio than the filter bank says. */
function scaleOfBank({ sampleRate, bankRate = sampleRate }: MelDescription): number {
  return sampleRate / bankRate
}

function refusalOf(mel: MelDescription): string | undefined {
  const scale = scaleOfBank(mel)
  const hopMs = (1000 * mel.hopLength) / mel.sampleRate
  const ofWindow = (1000 * mel.winLength) / mel.sampleRate
  const [shortest, longest] = windowMs
  if (mel.window !== 'hann') return `a window of ${mel.window}, whose sums no map was measured for`
  if (mel.triangles !== 'hz') return 'bands with sides straight in mel, which no map was measured for'
  if (mel.melBands < minBands) return `${mel.melBands} bands, too few to tell formants apart`
  if (mel.fMax * scale < lowestTopHz) return `bands that end at ${mel.fMax * scale} Hz, below fricatives`
  if (mel.fMin * scale > highestBottomHz) return `bands that begin at ${mel.fMin * scale} Hz, above voices`
  if (hopMs > maxHopMs) return `a hop of ${hopMs.toFixed(1)} ms, too long to place sounds`
  if (ofWindow < shortest || ofWindow > longest)
    return `a window of ${ofWindow.toFixed(1)} ms, of another resolution`
  const clipping = clippingOf(mel)
  if (clipping > highestClipping) {
    const decibels = (20 * Math.log10(clipping)).toFixed(0)
    return `values clipped at magnitudes of ${decibels} dB, which turns pauses into noise`
  }
  return undefined
}

/** The lowest magnitude that the values can tell. */
function clippingOf(mel: MelDescription): number {
  if (mel.range === undefined) return 0
  const [lowest] = mel.range
  return Math.exp(new ValueScale({ ...mel, mean: 0, deviation: 1 }).toLog(lowest, 0) / mel.power)
}
