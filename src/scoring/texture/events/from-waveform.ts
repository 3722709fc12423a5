import type { Place, Span } from '../faults/spans.js'
import { type PlacedMeasure, placedMeasures } from '../features/sound-measures.js'
import { placeFamilies } from '../features/statistics.js'
import type { TextureMeasurement } from '../reference/meter.js'
import {
  agreementFrames,
  agreementSurprise,
  clickAgreement,
  type PlaceReferences,
  placeSurprise,
} from './reference.js'

/** A place that the waveform shows, with what it is and how unusual it is in a normal recording. */
export interface WaveformPlace extends Span {
  readonly kind: 'hole' | 'click' | 'clipping' | 'repeat'
  /** See `placeSurprise` and `agreementSurprise`. */
  readonly surprise: number
}

const kinds = { gaps: 'hole', clicks: 'click', flatTops: 'clipping', repeats: 'repeat' } as const

/**
 * Places of all measures whose surprise is wanted, the most unusual first; of overlapping ones of a kind only the most
 * unusual.
 */
export function waveformPlaces(
  references: PlaceReferences,
  measurement: TextureMeasurement,
  deviations: Float64Array,
  isWanted: (surprise: number) => boolean,
): WaveformPlace[] {
  const surpriseOf = (measure: PlacedMeasure, place: Place) => {
    const alone = placeSurprise(references, measurement, measure, place.strength)
    if (measure !== 'clickSharpness' || isOutdone(place, measurement)) return alone
    const agreement = clickAgreement(place, deviations, measurement.frameSeconds)
    return Math.max(alone, agreementSurprise(references, measurement, agreement))
  }
  const all = placedMeasures.flatMap((measure) =>
    measurement.places[measure].map((place) => ({
      startSeconds: place.startSeconds,
      endSeconds: place.endSeconds,
      kind: kinds[placeFamilies[measure]],
      surprise: surpriseOf(measure, place),
    })),
  )
  const taken: WaveformPlace[] = []
  const wanted = all.filter(({ surprise }) => isWanted(surprise))
  for (const place of wanted.sort((a, b) => b.surprise - a.surprise)) {
    const isTaken = taken.some((other) => other.kind === place.kind && secondsBetween(other, place) === 0)
    if (!isTaken) taken.push(place)
  }
  return taken
}

/** Whether a sharper click lies so near that the latents may deviate for it, and not for this one. */
function isOutdone(click: Place, { places, frameSeconds }: TextureMeasurement): boolean {
  const frameOf = ({ startSeconds }: Place) => Math.floor(startSeconds / frameSeconds)
  return places.clickSharpness.some(
    (other) =>
      other.strength > click.strength && Math.abs(frameOf(other) - frameOf(click)) <= 2 * agreementFrames,
  )
}

/** Between two spans of time; 0 where they touch. */
export function secondsBetween(a: Span, b: Span): number {
  return Math.max(0, a.startSeconds - b.endSeconds, b.startSeconds - a.endSeconds)
}
