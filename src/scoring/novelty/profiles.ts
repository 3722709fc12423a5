import type { Frames } from '../../audio/buffers/frames.js'
import { channelOf, mean, populationStd } from '../../numeric/stats.js'

/** Mean, deviation and peak of each band. */
export const profileParts = 3

/** Profiles of recordings that the model knows, each [recordings, profileParts · melBands]. */
export interface KnownProfiles {
  readonly normal: Frames
  /** Of other sounds. */
  readonly background?: Frames
  /** Of sounds that are known to be wrong. */
  readonly negatives?: Frames
}

/** What kinds of recordings a model may know beside the normal ones. */
export const otherKinds = ['background', 'negatives'] as const

/**
 * The profile of a segment: mean, deviation and highest value over time of each band's patches, nats. The peak is for
 * sounds that come now and then: their mean is that of the pauses.
 */
export function profileOf({ data, channels }: Frames): Float32Array {
  const profile = new Float32Array(profileParts * channels)
  for (let band = 0; band < channels; band++) {
    const values = channelOf(data, band, channels)
    profile[band] = mean(values)
    profile[channels + band] = populationStd(values)
    profile[2 * channels + band] = values.reduce((peak, value) => Math.max(peak, value), -Infinity)
  }
  return profile
}

const noRows: ReadonlySet<number> = new Set()

/** Profiles, at least one, as rows of a table. */
export function profileTable(profiles: readonly Float32Array[]): Frames {
  const channels = profiles[0]!.length
  const data = new Float32Array(profiles.length * channels)
  for (const [row, profile] of profiles.entries()) data.set(profile, row * channels)
  return { data, frames: profiles.length, channels }
}

/**
 * Mean squared distance to the nearest known profile, in deviations.
 *
 * @param deviation by which each value is divided
 * @param skipped rows that are not looked at
 */
export function nearestDistance(
  profile: Float32Array,
  known: Frames,
  deviation: readonly number[],
  skipped: ReadonlySet<number> = noRows,
): number {
  let nearest = Number.POSITIVE_INFINITY
  for (let row = 0; row < known.frames; row++) {
    if (skipped.has(row)) continue
    const at = row * known.channels
    let sum = 0
    for (let i = 0; i < known.channels && sum < nearest; i++) {
      sum += ((profile[i]! - known.data[at + i]!) / deviation[i]!) ** 2
    }
    nearest = Math.min(nearest, sum)
  }
  return nearest / known.channels
}
