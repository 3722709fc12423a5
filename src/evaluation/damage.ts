import type { Frames } from '../audio/buffers/frames.js'
import { addMelNoise, blurMel, shiftMel } from '../audio/mel/degrade.js'
import { RandomStream } from '../numeric/random.js'
import { randomStreams } from '../numeric/random-streams.js'

/** Ways in which a TTS model's mel differs from a recording's. */
export const damageKinds = [
  'none',
  'blur-time',
  'blur-frequency',
  'blur',
  'noise',
  'louder',
  'quieter',
  'cut',
] as const

export type DamageKind = (typeof damageKinds)[number]

const blurTimes = 3
const noiseNats = 0.3
/** ±12 dB in nats of amplitude. */
const levelNats = (12 / 20) * Math.LN10

/** Share of the frames that `cut` takes away at each end. */
const cutShare = 0.2

/** Frames of the recording that the damaged mel tells of: all, or those that `cut` leaves. */
export function damageRange(kind: DamageKind, frames: number): { first: number; end: number } {
  const cut = kind === 'cut' ? Math.floor(cutShare * frames) : 0
  return { first: cut, end: frames - cut }
}

/** Factor on the amplitude of the recording that the damaged mel belongs to. */
export function damageGain(kind: DamageKind): number {
  if (kind === 'louder') return Math.exp(levelNats)
  return kind === 'quieter' ? Math.exp(-levelNats) : 1
}

/**
 * A damaged copy of a log-mel: blurred (three times ¼, ½, ¼: about ±1.2 frames or bands), noisy by 0.3 nats,
 * 12 dB louder or quieter, or cut out of the middle of speech.
 */
export function damagedMel(mel: Frames, kind: DamageKind, seed: number): Frames {
  const { first, end } = damageRange(kind, mel.frames)
  const data = mel.data.slice(first * mel.channels, end * mel.channels)
  if (kind === 'blur-time' || kind === 'blur') {
    for (let i = 0; i < blurTimes; i++) blurMel(data, mel.channels, 'time')
  }
  if (kind === 'blur-frequency' || kind === 'blur') {
    for (let i = 0; i < blurTimes; i++) blurMel(data, mel.channels, 'frequency')
  }
  if (kind === 'noise') addMelNoise(data, noiseNats, new RandomStream(seed, randomStreams.ownSeed[0]))
  shiftMel(data, Math.log(damageGain(kind)))
  return { ...mel, data, frames: end - first }
}
