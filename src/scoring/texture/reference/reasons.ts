import type { SignalFacts } from '../../../audio/metering/signal-facts.js'
import type { Reason } from '../../verdict/anomaly.js'
import type { SoundMeasures } from '../features/sound-measures.js'
import type { FeatureGroup } from '../features/statistics.js'

/** Range of each measure in nearly all normal recordings. */
export type NormalRanges = Readonly<Record<keyof SoundMeasures, readonly [lowest: number, highest: number]>>

/** A recording in which so much is silent is no speech with pauses. */
const mostlySilent = 0.8

/** A few flat tops happen; from this share of the samples on, the recording is clipped. */
const clippedShare = 1e-4

/** How far out of the normal range a measure must be, dB, to name a fault: the range is of few recordings. */
const marginDb = 3

/** −ln of how seldom a feature group of normal recordings is so unusual that it names a fault: one in a thousand. */
const telling = Math.log(1000)

/**
 * Hiss and codecs make small gaps and clicks, too: where a recording is unusual throughout, a fault of that kind is no
 * less unusual than this share of the whole. A loud click is nothing beside the surprisal of its own few frames.
 */
const particularShare = 0.25

/** How a recording's surprise is spread. */
export interface SurpriseSpread {
  /** More energy in the latents than normal, not less. */
  readonly isUnlikely: boolean
  /** In most of the frames, not in some. */
  readonly isThroughout: boolean
}

/** What gaps and clicks of a recording must exceed to be faults of their own; see `particularShare`. */
export function minParticular(
  surprisals: Readonly<Record<FeatureGroup, number>>,
  { isThroughout }: SurpriseSpread,
): number {
  return isThroughout ? particularShare * surprisals.typicality : 0
}

export function isMostlySilent({ silenceShare }: Pick<SignalFacts, 'silenceShare'>): boolean {
  return silenceShare > mostlySilent
}

/**
 * Faults that show in plain measures, the most particular first; empty when the measures are as those of normal
 * recordings.
 *
 * @param surprisals of the feature groups, see `featureSurprisals`
 */
export function plainReasons(
  facts: SignalFacts,
  sound: SoundMeasures,
  normal: NormalRanges,
  surprisals: Readonly<Record<FeatureGroup, number>>,
  spread: SurpriseSpread,
): Reason[] {
  const { isUnlikely, isThroughout } = spread
  const above = (name: keyof SoundMeasures) => sound[name] > normal[name][1] + marginDb
  const below = (name: keyof SoundMeasures) => sound[name] < normal[name][0] - marginDb
  const tells = (featureGroup: FeatureGroup) =>
    surprisals[featureGroup] > Math.max(telling, minParticular(surprisals, spread))
  const isClipped = facts.clippedSamples > clippedShare * facts.samples * facts.channels
  const reasons: Reason[] = []
  if (isMostlySilent(facts)) reasons.push('silence')
  if (tells('clipping') || isClipped) reasons.push('clipping')
  const isRepeated = tells('repeats') || tells('stretching')
  if (isRepeated) reasons.push('repeat')
  // The edges of a dropout and of a repeat are as sharp as clicks.
  if (tells('dropouts')) reasons.push('dropout')
  else if (!isRepeated && tells('clicks')) reasons.push('click')
  if (tells('hum')) reasons.push('hum')
  if (below('upperBandDb') || below('topBandDb')) reasons.push('band-limited')
  if (above('noiseFloorDb') || above('topBandDb')) reasons.push('noise')
  if (reasons.length > 0) return reasons
  if (above('flatnessDb') && isThroughout && isUnlikely) return ['noise']
  if (above('flatnessDb') || below('flatnessDb')) return ['wrong content']
  return surprisals.typicality > telling && isUnlikely ? ['noise'] : []
}
