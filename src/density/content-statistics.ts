import type { Frames } from '../audio/frames.js'
import {
  type ContentFamily,
  type ContentReference,
  contentFamilyNames,
  type Spread,
} from './content-config.js'
import type { PatchLatents } from './content-meter.js'

/** What the score of a stretch is made of. */
export interface ContentStatistics {
  /** Mean and deviation over time of each band's patches, nats: 2 · melBands values. */
  readonly profile: readonly number[]
  /** Mean over bands of the squared mean of a latent over time; of a standard normal near 0. */
  readonly latentMeans: number
  /** Mean over bands of the squared logarithm of a latent's mean square over time; near 0. */
  readonly latentVariances: number
  /** log of how much likelier the background makes it, nats a value; absent without a background. */
  readonly ratio?: number
}

/** Keeps logarithms finite where there is nothing. */
const least = 1e-3

/** Deviations between recordings smaller than these, nats, are of too few recordings to be believed. */
const leastProfileDeviation = 0.1
const leastFamilyDeviation = 1e-3

export function contentStatistics(patches: Frames, latents: PatchLatents): ContentStatistics {
  const { values, natsPerValue, backgroundNatsPerValue } = latents
  const { frames, channels } = patches
  const spreads = spreadByBand({ data: values, frames, channels })
  const squares = spreads.map(({ mean, deviation }) => mean ** 2 + deviation ** 2)
  const profile = spreadByBand(patches)
  return {
    profile: [...profile.map(({ mean }) => mean), ...profile.map(({ deviation }) => deviation)],
    latentMeans: average(spreads.map(({ mean }) => mean ** 2)),
    latentVariances: average(squares.map((square) => Math.log(square + least) ** 2)),
    ...(backgroundNatsPerValue === undefined ? {} : { ratio: natsPerValue - backgroundNatsPerValue }),
  }
}

/** Fits what is normal to the recordings that trained and validated the flow. */
export function fitContentReference(statistics: readonly ContentStatistics[]): ContentReference {
  const bands = statistics[0]!.profile.map((_, i) => spread(statistics.map(({ profile }) => profile[i]!)))
  const profile = {
    mean: bands.map(({ mean }) => mean),
    deviation: bands.map(({ deviation }) => deviation + leastProfileDeviation),
  }
  const bare: ContentReference = { profile, families: {} }
  const values = statistics.map((each) => familyValues(bare, each))
  const families = contentFamilyNames.flatMap((name) => {
    const known = values.map((each) => each[name]).filter((value) => value !== undefined)
    if (known.length === 0) return []
    const { mean, deviation } = spread(known)
    return [[name, { mean, deviation: Math.max(deviation, leastFamilyDeviation) }] as const]
  })
  return { profile, families: Object.fromEntries(families) }
}

/**
 * How far each family is from normal, in deviations of the reference recordings. With a background the latents do not
 * count: they found less than the ratio, and only blurred it.
 */
export function contentDeviations(
  reference: ContentReference,
  statistics: ContentStatistics,
): Partial<Record<ContentFamily, number>> {
  const values = familyValues(reference, statistics)
  const entries = Object.entries(reference.families).map(([name, { mean, deviation }]) => [
    name,
    (values[name as ContentFamily]! - mean) / deviation,
  ])
  return Object.fromEntries(entries) as Partial<Record<ContentFamily, number>>
}

/** The score: log Σ exp of the deviations, as for the texture. */
export function contentScore(deviations: Readonly<Partial<Record<ContentFamily, number>>>): number {
  const values = Object.values(deviations)
  const highest = Math.max(...values)
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0))
}

function familyValues(
  { profile }: ContentReference,
  statistics: ContentStatistics,
): Partial<Record<ContentFamily, number>> {
  const distance = average(
    statistics.profile.map((value, i) => ((value - profile.mean[i]!) / profile.deviation[i]!) ** 2),
  )
  const shared = { profile: Math.log(distance + least) }
  if (statistics.ratio !== undefined) return { ...shared, ratio: statistics.ratio }
  return {
    ...shared,
    latentMeans: Math.log(statistics.latentMeans + least),
    latentVariances: Math.log(statistics.latentVariances + least),
  }
}

/** Of each channel over time. */
function spreadByBand({ data, frames, channels }: Frames): Spread[] {
  return Array.from({ length: channels }, (_, channel) => {
    let sum = 0
    let squares = 0
    for (let frame = 0; frame < frames; frame++) sum += data[frame * channels + channel]!
    const mean = sum / frames
    for (let frame = 0; frame < frames; frame++) squares += (data[frame * channels + channel]! - mean) ** 2
    return { mean, deviation: Math.sqrt(squares / frames) }
  })
}

function spread(values: readonly number[]): Spread {
  return spreadByBand({ data: Float32Array.from(values), frames: values.length, channels: 1 })[0]!
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
