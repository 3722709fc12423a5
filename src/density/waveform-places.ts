import type { StretchMeasurement } from './recording-meter.js'
import type { PlacedMeasure } from './sound-measures.js'
import { placeSurprise, type TextureReference } from './texture-reference.js'
import { placeFamilies } from './texture-statistics.js'

/** A place that the waveform shows, with what it is and how unusual it is in a normal recording. */
export interface WaveformPlace {
  readonly startSeconds: number
  readonly endSeconds: number
  readonly kind: 'hole' | 'click' | 'clipping'
  /** See `familyDeviations`; the largest is the surprise of the family. */
  readonly surprise: number
}

const kinds = { gaps: 'hole', clicks: 'click', flatTops: 'clipping' } as const

/** Places of all measures, the most unusual first; of overlapping ones of a kind only the most unusual. */
export function waveformPlaces(
  reference: TextureReference,
  { places, statistics }: Pick<StretchMeasurement, 'places' | 'statistics'>,
): WaveformPlace[] {
  const all = (Object.keys(placeFamilies) as PlacedMeasure[]).flatMap((measure) =>
    places[measure].map(({ startSeconds, endSeconds, strength }) => ({
      startSeconds,
      endSeconds,
      kind: kinds[placeFamilies[measure]],
      surprise: placeSurprise(reference, statistics, measure, strength),
    })),
  )
  const taken: WaveformPlace[] = []
  for (const place of all.sort((a, b) => b.surprise - a.surprise)) {
    if (taken.every((other) => other.kind !== place.kind || secondsBetween(other, place) > 0)) taken.push(place)
  }
  return taken
}

export type Span = Pick<WaveformPlace, 'startSeconds' | 'endSeconds'>

/** Between two stretches of time; 0 where they touch. */
export function secondsBetween(a: Span, b: Span): number {
  return Math.max(0, a.startSeconds - b.endSeconds, b.startSeconds - a.endSeconds)
}
