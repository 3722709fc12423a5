import { upperMedian } from '../../../numeric/stats.js'
import {
  type FeatureGroupReference,
  featureSurprisal,
  fitFeatureGroup,
} from '../../statistics/feature-reference.js'
import type { SoundEvent } from '../faults/spans.js'
import { type EventMeasure, eventMeasures } from '../features/sound-measures.js'
import { eventFeatures } from '../features/statistics.js'
import type { TextureMeasurement } from '../reference/meter.js'
import { frameDeviations, itemOf, type TextureReference } from '../reference/reference.js'
import { peakOf } from './region.js'

/** What is normal of the strongest places of recordings, where the feature groups of the texture score do not say it. */
export interface EventReference {
  /** Of the largest size of a frame's deviation. */
  readonly peaks: FeatureGroupReference
  /** Of the largest agreement of waveform and latents on a click; see `clickAgreement`. */
  readonly agreement: FeatureGroupReference
}

/** What the surprisal of places is told by. */
export interface EventReferences {
  readonly reference: TextureReference
  readonly eventReference: EventReference
}

/** @param fitting at least 20 recordings, each with its variants behind it */
export function fitEventReference(
  reference: TextureReference,
  fitting: readonly (readonly TextureMeasurement[])[],
): EventReference {
  const featureGroup = (value: (item: TextureMeasurement, deviations: Float64Array) => number) =>
    fitFeatureGroup(
      fitting.map((copies) =>
        copies.map((item) => {
          const deviations = frameDeviations(reference, item.statistics)
          return itemOf(item.statistics, [value(item, deviations)])
        }),
      ),
      { isOneSided: true, growsWithLength: true },
    )
  return {
    peaks: featureGroup((_, deviations) => peakOf(deviations)),
    agreement: featureGroup(largestAgreement),
  }
}

/** How unusual a recording is of which a frame deviates by so much; see `featureSurprisals`. */
export function peakSurprisal(
  { eventReference }: EventReferences,
  { statistics }: TextureMeasurement,
  deviation: number,
): number {
  return featureSurprisal(eventReference.peaks, itemOf(statistics, [Math.abs(deviation)]))
}

/** How unusual a recording is that has a place of this strength, and nothing else. */
export function eventSurprisal(
  { reference }: EventReferences,
  { statistics }: TextureMeasurement,
  measure: EventMeasure,
  strength: number,
): number {
  const { featureGroup, values } = eventFeatures(measure, strength)
  return featureSurprisal(reference.featureGroups[featureGroup], itemOf(statistics, values))
}

/** How unusual a recording is in which waveform and latents agree so much on a click. */
export function agreementSurprisal(
  { eventReference }: EventReferences,
  { statistics }: TextureMeasurement,
  agreement: number,
): number {
  return featureSurprisal(eventReference.agreement, itemOf(statistics, [agreement]))
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
  { startSeconds, strength }: SoundEvent,
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

function largestAgreement({ events, frameSeconds }: TextureMeasurement, deviations: Float64Array): number {
  return events.clickSharpness.reduce(
    (largest, click) => Math.max(largest, clickAgreement(click, deviations, frameSeconds)),
    0,
  )
}

/**
 * How unusual the strongest place of any kind is: of waveform, of latents, or of both. That is what is calibrated, so
 * that a mark's p is of all kinds at once.
 */
export function strongestEvent(references: EventReferences, measurement: TextureMeasurement): number {
  const deviations = frameDeviations(references.reference, measurement.statistics)
  return Math.max(
    ...eventMeasures.map((name) => eventSurprisal(references, measurement, name, measurement.sound[name])),
    peakSurprisal(references, measurement, peakOf(deviations)),
    agreementSurprisal(references, measurement, largestAgreement(measurement, deviations)),
  )
}
