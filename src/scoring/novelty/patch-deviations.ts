import type { Frames } from '../../audio/buffers/frames.js'
import type { SurpriseMap } from '../verdict/shown-segment.js'
import type { ContentReference } from './config.js'

/**
 * How far each band of each patch is from the patches of normal recordings, in deviations: [patches, melBands], for a
 * picture. The latents of the flow are no map: each stands for all bands at once.
 */
export function patchDeviations(
  { data, frames, channels }: Frames,
  { profile }: ContentReference,
): SurpriseMap {
  // Patches spread within recordings, and the means of recordings among themselves.
  const deviation = Array.from({ length: channels }, (_, band) =>
    Math.hypot(profile.mean[channels + band]!, profile.deviation[band]!),
  )
  const values = data.map((value, i) => (value - profile.mean[i % channels]!) / deviation[i % channels]!)
  return { values, groups: frames, groupSize: channels }
}
