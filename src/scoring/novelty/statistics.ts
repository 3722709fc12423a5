import type { Frames } from '../../audio/buffers/frames.js'
import { channelOf, mean, populationStd, sum } from '../../numeric/stats.js'
import {
  type ContentReference,
  type NoveltyFeatureGroup,
  noveltyFeatureGroupNames,
  type Spread,
} from './config.js'
import type { ContentStatistics, PatchLatents } from './measurement.js'
import { type KnownProfiles, nearestDistance, otherKinds, profileOf } from './profiles.js'

/** What a model knows of normal recordings beside its flows. */
export interface ContentNormal {
  readonly reference: ContentReference
  readonly profiles: KnownProfiles
}

/** The others are told and do not count: they found less, and added to these they blurred them. */
const countedFeatureGroups: readonly NoveltyFeatureGroup[] = ['neighbour', 'ratio']

/** Keeps logarithms finite where there is nothing. */
const least = 1e-3

/** Deviations between recordings smaller than these, nats, are of too few recordings to be believed. */
const minProfileDeviation = 0.1
const minFeatureGroupStd = 1e-3

/** How much of the log distance to the nearest other recording counts against that to the nearest normal one. */
const otherShare = 0.3

export function contentStatistics(patches: Frames, latents: PatchLatents): ContentStatistics {
  const { values, natsPerValue, backgroundNatsPerValue } = latents
  const spreads = spreadByBand(values, patches.channels)
  const squares = spreads.map(({ mean, deviation }) => mean ** 2 + deviation ** 2)
  return {
    profile: profileOf(patches),
    latentMeans: mean(spreads.map(({ mean }) => mean ** 2)),
    latentVariances: mean(squares.map((square) => Math.log(square + least) ** 2)),
    ...(backgroundNatsPerValue === undefined ? {} : { ratio: natsPerValue - backgroundNatsPerValue }),
  }
}

/** A recording that fits the reference. */
export interface FittingItem {
  readonly statistics: ContentStatistics
  /** Its rows among the known normal profiles: its nearest neighbour must not be itself. */
  readonly ownRows: ReadonlySet<number>
}

/** Fits what is normal to the recordings that trained and validated the flow. */
export function fitContentReference(items: readonly FittingItem[], known: KnownProfiles): ContentReference {
  const profiles = items.map(({ statistics }) => statistics.profile)
  const values = Array.from(profiles[0]!, (_, i) => spread(profiles.map((profile) => profile[i]!)))
  const profile = {
    mean: values.map(({ mean }) => mean),
    deviation: values.map(({ deviation }) => deviation + minProfileDeviation),
  }
  const found = items.map(({ statistics, ownRows }) =>
    featureValues({ reference: { profile, families: {} }, profiles: known }, statistics, ownRows),
  )
  const featureGroups = noveltyFeatureGroupNames.flatMap((name) => {
    const ofFeatureGroup = found.map((each) => each[name]).filter((value) => value !== undefined)
    if (ofFeatureGroup.length === 0) return []
    const { mean, deviation } = spread(ofFeatureGroup)
    return [[name, { mean, deviation: Math.max(deviation, minFeatureGroupStd) }] as const]
  })
  return { profile, families: Object.fromEntries(featureGroups) }
}

/** How far each feature group is from normal, in deviations of the reference recordings. */
export function contentDeviations(
  normal: ContentNormal,
  statistics: ContentStatistics,
): Partial<Record<NoveltyFeatureGroup, number>> {
  const values = featureValues(normal, statistics)
  const entries = Object.entries(normal.reference.families).map(([name, { mean, deviation }]) => [
    name,
    (values[name as NoveltyFeatureGroup]! - mean) / deviation,
  ])
  return Object.fromEntries(entries) as Partial<Record<NoveltyFeatureGroup, number>>
}

/** The score: log Σ exp of the deviations of the feature groups that count. */
export function contentScore(deviations: Readonly<Partial<Record<NoveltyFeatureGroup, number>>>): number {
  const values = countedFeatureGroups.flatMap((name) => deviations[name] ?? [])
  const highest = Math.max(...values)
  return highest + Math.log(sum(values.map((value) => Math.exp(value - highest))))
}

function featureValues(
  { reference: { profile }, profiles }: ContentNormal,
  statistics: ContentStatistics,
  ownRows?: ReadonlySet<number>,
): Partial<Record<NoveltyFeatureGroup, number>> {
  const distance = mean(
    profile.mean.map((mean, i) => ((statistics.profile[i]! - mean) / profile.deviation[i]!) ** 2),
  )
  const nearest = (known: Frames, skipped?: ReadonlySet<number>) =>
    Math.log(nearestDistance(statistics.profile, known, profile.deviation, skipped) + least)
  const others = otherKinds.flatMap((kind) => profiles[kind] ?? []).map((known) => nearest(known))
  const neighbour = nearest(profiles.normal, ownRows) - otherShare * sum(others)
  return {
    neighbour,
    profile: Math.log(distance + least),
    ...(statistics.ratio === undefined ? {} : { ratio: statistics.ratio }),
    latentMeans: Math.log(statistics.latentMeans + least),
    latentVariances: Math.log(statistics.latentVariances + least),
  }
}

/** Of each channel over time. */
function spreadByBand(data: Float32Array, channels: number): Spread[] {
  return Array.from({ length: channels }, (_, channel) => spread(channelOf(data, channel, channels)))
}

/** In the precision of the patches, float32, whatever is measured. */
function spread(values: ArrayLike<number>): Spread {
  const rounded = Float32Array.from(values)
  return { mean: mean(rounded), deviation: populationStd(rounded) }
}
