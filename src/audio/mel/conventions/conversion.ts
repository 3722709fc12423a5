import { defaultMel, melPresets } from '../mel-config.js'
import type { MelDescription } from './description.js'
import { melConventions } from './named.js'

export type Conversion =
  /** Another scale of the same sums. */
  { readonly kind: 'exact' } | { readonly kind: 'refused'; readonly reason: string }

const target: MelDescription = melConventions[defaultMel].mel

/** What the sums of the bands depend on. Where the hop is the same, the alignment is a delay of half a hop. */
const bankFields = [
  'sampleRate',
  'fftSize',
  'winLength',
  'hopLength',
  'window',
  'preEmphasis',
  'melBands',
  'fMin',
  'fMax',
  'melScale',
  'melNorm',
  'triangles',
  'power',
] as const satisfies readonly (keyof MelDescription)[]

/** How mels of a convention become those of `nvidia-22k`. */
export function conversionOf(mel: MelDescription): Conversion {
  const { bankRate = mel.sampleRate } = mel
  const other = bankFields.filter((name) => mel[name] !== target[name])
  if (bankRate !== mel.sampleRate) other.push('melScale')
  if (other.length === 0) return { kind: 'exact' }
  const name = other[0]!
  return { kind: 'refused', reason: `${name} ${mel[name]}, where ${defaultMel} has ${target[name]}` }
}

/** Natural logarithm that `nvidia-22k` raises lower ones to. */
export const targetFloor = Math.log(melPresets[defaultMel].logFloor)
