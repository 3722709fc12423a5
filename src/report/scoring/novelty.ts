import type { Frames } from '../../audio/buffers/frames.js'
import { melPresets } from '../../audio/mel/mel.js'
import type { ContentConfig, ContentReference } from '../../scoring/novelty/config.js'
import type { SurpriseWords } from './html.js'
import type { SurpriseMap } from './report.js'

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

/** How a report names what a content model finds unusual. */
export function contentWords({ mel, background }: Pick<ContentConfig, 'mel' | 'background'>): SurpriseWords {
  return {
    curve: background
      ? 'How much likelier the background makes each patch'
      : 'Surprise of each patch: −log of its likelihood',
    curveUnit: 'nats a value',
    highest: `${(melPresets[mel].fMax / 1000).toFixed(0)} kHz`,
    families: 'How far each family is from normal recordings, in their deviations:',
  }
}
