import type { SignalFacts } from './signal-facts.js'
import type { SoundMeasures } from './sound-measures.js'

/** What kind of fault a recording has. */
export type Reason =
  | 'silence'
  | 'hole'
  | 'click'
  | 'clipping'
  | 'hum'
  | 'noise'
  | 'band-limited'
  | 'wrong content'
  | 'other'

/** Range of each measure in nearly all normal recordings. */
export type NormalRanges = Readonly<Record<keyof SoundMeasures, readonly [lowest: number, highest: number]>>

/** A recording in which so much is silent is no speech with pauses. */
const mostlySilent = 0.8

/** A few flat tops happen; from this share of the samples on, the recording is clipped. */
const clippedShare = 1e-4

/** How far out of the normal range a measure must be, dB, to name a fault: the range is of few recordings. */
const marginDb = 3

/** Fewer milliseconds beyond the longest flat stretch of normal recordings are no hole. */
const marginMs = 2

export function isMostlySilent({ silenceShare }: SignalFacts): boolean {
  return silenceShare > mostlySilent
}

/** Faults that show in plain measures, most telling first; empty when the measures are as those of normal recordings. */
export function plainReasons(facts: SignalFacts, sound: SoundMeasures, normal: NormalRanges): Reason[] {
  const above = (name: keyof SoundMeasures, margin: number) => sound[name] > normal[name][1] + margin
  const below = (name: keyof SoundMeasures, margin: number) => sound[name] < normal[name][0] - margin
  const reasons: Reason[] = []
  if (isMostlySilent(facts)) reasons.push('silence')
  if (above('longestHoleMs', marginMs) || above('deepestGapDb', marginDb)) reasons.push('hole')
  if (facts.clippedSamples > clippedShare * facts.samples * facts.channels) reasons.push('clipping')
  if (above('humDb', marginDb)) reasons.push('hum')
  if (above('noiseFloorDb', marginDb) || above('topBandDb', marginDb)) reasons.push('noise')
  if (below('upperBandDb', marginDb) || below('topBandDb', marginDb)) reasons.push('band-limited')
  if (above('flatnessDb', marginDb) || below('flatnessDb', marginDb)) reasons.push('wrong content')
  return reasons
}
