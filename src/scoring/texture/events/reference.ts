import { upperMedian } from '../../../numeric/stats.js'
import { type FamilyReference, familySurprise, fitFamily } from '../../statistics/feature-reference.js'
import type { Place } from '../faults/spans.js'
import { type PlacedMeasure, placedMeasures } from '../features/sound-measures.js'
import { placedFamily } from '../features/statistics.js'
import type { TextureMeasurement } from '../reference/meter.js'
import { frameDeviations, itemOf, type TextureReference } from '../reference/reference.js'
import { peakOf } from './region.js'

/** What is normal of the strongest places of recordings, where the families of the texture score do not say it. */
export interface PlaceReference {
  /** Of the largest size of a frame's deviation. */
  readonly peaks: FamilyReference
  /** Of the largest agreement of waveform and latents on a click; see `clickAgreement`. */
  readonly agreement: FamilyReference
}

/** What the surprise of places is told by. */
export interface PlaceReferences {
  readonly reference: TextureReference
  readonly placeReference: PlaceReference
}

/** @param fitting at least 20 recordings, each with its variants behind it */
export function fitPlaceReference(
  reference: TextureReference,
  fitting: readonly (readonly TextureMeasurement[])[],
): PlaceReference {
  const family = (value: (item: TextureMeasurement, deviations: Float64Array) => number) =>
    fitFamily(
      fitting.map((copies) =>
        copies.map((item) => {
          const deviations = frameDeviations(reference, item.statistics)
          return itemOf(item.statistics, [value(item, deviations)])
        }),
      ),
      { isOneSided: true, growsWithLength: true },
    )
  return {
    peaks: family((_, deviations) => peakOf(deviations)),
    agreement: family(largestAgreement),
  }
}

/** How unusual a recording is of which a frame deviates by so much; see `familySurprises`. */
export function peakSurprise(
  { placeReference }: PlaceReferences,
  { statistics }: TextureMeasurement,
  deviation: number,
): number {
  return familySurprise(placeReference.peaks, itemOf(statistics, [Math.abs(deviation)]))
}

/** How unusual a recording is that has a place of this strength, and nothing else. */
export function placeSurprise(
  { reference }: PlaceReferences,
  { statistics }: TextureMeasurement,
  measure: PlacedMeasure,
  strength: number,
): number {
  const { family, values } = placedFamily(measure, strength)
  return familySurprise(reference.families[family], itemOf(statistics, values))
}

/** How unusual a recording is in which waveform and latents agree so much on a click. */
export function agreementSurprise(
  { placeReference }: PlaceReferences,
  { statistics }: TextureMeasurement,
  agreement: number,
): number {
  return familySurprise(placeReference.agreement, itemOf(statistics, [agreement]))
}

/** Mel frames on either side of a click's own in which it may show. */
export const agreementFrames = 1

/** Mel frames before a click and behind it (139 ms at 22,050 Hz) that it must stand out from. */
const aroundFrames = 12

/**
 * How much the waveform and the latents agree on a click: its sharpness times the largest deviation, upwards, of its own
 * mel frame and of the two beside it, less the median of the frames before or behind. Glottal pulses are sharp, bursts
 * deviate, and noise deviates for longer; only clicks do all of it.
 */
export function clickAgreement(
  { startSeconds, strength }: Place,
  deviations: Float64Array,
  frameSeconds: number,
): number {
  const frame = Math.floor(startSeconds / frameSeconds)
  const [first, end] = [frame - agreementFrames, frame + agreementFrames + 1]
  const part = (from: number, to: number) => deviations.subarray(Math.max(0, from), Math.max(0, to))
  const around = Math.max(
    0,
    upperMedian(part(first - aroundFrames, first)),
    upperMedian(part(end, end + aroundFrames)),
  )
  return strength * Math.max(0, Math.max(0, ...part(first, end)) - around)
}

function largestAgreement({ places, frameSeconds }: TextureMeasurement, deviations: Float64Array): number {
  return places.clickSharpness.reduce(
    (largest, click) => Math.max(largest, clickAgreement(click, deviations, frameSeconds)),
    0,
  )
}

/**
 * How unusual the strongest place of any kind is: of waveform, of latents, or of both. That is what is calibrated, so
 * that a mark's p is of all kinds at once.
 */
export function strongestPlace(references: PlaceReferences, measurement: TextureMeasurement): number {
  const deviations = frameDeviations(references.reference, measurement.statistics)
  return Math.max(
    ...placedMeasures.map((name) => placeSurprise(references, measurement, name, measurement.sound[name])),
    peakSurprise(references, measurement, peakOf(deviations)),
    agreementSurprise(references, measurement, largestAgreement(measurement, deviations)),
  )
}
