import type { Anomaly, Reason } from '../../verdict/anomaly.js'
import type { Span } from '../faults/spans.js'
import type { TextureMeasurement } from '../reference/meter.js'
import { secondsBetween, type WaveformPlace, waveformPlaces } from './from-waveform.js'
import { type PlaceReferences, peakSurprise } from './reference.js'
import { coreOf, grown, joined, type Region, regionsOf } from './region.js'

/** More of the waveform in a region say nothing more: the most unusual are kept. */
const maxAnomalies = 100

/** The edges of a hole, of clipped peaks and of a repeat are as sharp as clicks, this far from them. */
const edgeSeconds = 0.005

/** What the waveform shows is in the latents from the mel frames before on, and rings in the flow. */
const latentLeadSeconds = 0.06
const latentRingSeconds = 0.14

/** Longer regions (0.2 s at 22,050 Hz) are no clicks, but noise. */
const clickFrames = 18

/** Surprise from which on a place of the waveform says what it is that stands out in the latents: one in a hundred. */
const telling = Math.log(100)

export interface AnomalyOptions {
  readonly references: PlaceReferences
  /** Family-wise p of a surprise. */
  readonly pOf: (surprise: number) => number
  readonly falseAlarmRate: number
  /** Places of the waveform whose surprise is less are what hiss and codecs make everywhere. */
  readonly leastSurprise: number
  /** Faults of the whole recording, which explain what the waveform does not. */
  readonly plain: readonly Reason[]
}

/** What stands out, and how much: a place of the waveform, or a region of the latents that no place explains. */
interface Found extends Span {
  readonly kind: Reason
  readonly surprise: number
}

/**
 * What stands out in the waveform or in the latents, in order of time. What stands out in both is one anomaly,
 * whose place and kind are those of the waveform.
 *
 * @param deviations of the mel frames, see `frameDeviations`
 */
export function anomaliesIn(
  measurement: TextureMeasurement,
  deviations: Float64Array,
  { references, pOf, falseAlarmRate, leastSurprise, plain }: AnomalyOptions,
): Anomaly[] {
  const isOut = (surprise: number) => pOf(surprise) <= falseAlarmRate
  const isUnusual = (surprise: number) => surprise >= leastSurprise && (surprise > telling || isOut(surprise))
  const unusual = waveformPlaces(references, measurement, deviations, isUnusual)
  const places = withoutClicksAt(
    unusual.filter(({ kind, surprise }) => kind !== 'click' && isOut(surprise)),
    edgeSeconds,
    unusual,
  )
  const out = places.filter(({ surprise }) => isOut(surprise)).slice(0, maxAnomalies)
  const surprises = new Map(out.map((place) => [place, place.surprise]))
  const surpriseOf = (size: number) => peakSurprise(references, measurement, size)
  const unexplained: Region[] = []
  for (const region of regionsOf(deviations, (size) => isOut(surpriseOf(size)))) {
    const span = spanOf(coreOf(region, deviations), measurement)
    const cause = causeOf(span, out) ?? causeOf(span, places)
    if (cause === undefined) unexplained.push(grown(region, deviations))
    else surprises.set(cause, Math.max(surprises.get(cause) ?? 0, surpriseOf(region.peak)))
  }
  const regions = joined(unexplained)
  const explained = [...surprises].map(([place, surprise]) => ({ ...place, surprise }))
  const found: Found[] = [
    ...withoutClicksAt(
      regions.filter(isLong).map((region) => spanOf(region, measurement)),
      0,
      explained,
    ),
    ...regions.map((region) => ({
      ...spanOf(region, measurement),
      kind: kindOf(region, plain),
      surprise: surpriseOf(region.peak),
    })),
  ]
  return found
    .sort((a, b) => a.startSeconds - b.startSeconds)
    .map(({ startSeconds, endSeconds, kind, surprise }) => ({
      startSeconds: Math.max(0, measurement.startSeconds + startSeconds),
      endSeconds: measurement.startSeconds + endSeconds,
      kind,
      pValue: pOf(surprise),
    }))
}

/** Places but for the clicks that are so near to something that they are part of it. */
function withoutClicksAt(
  spans: readonly Span[],
  seconds: number,
  places: readonly WaveformPlace[],
): WaveformPlace[] {
  const isPart = (place: WaveformPlace) => spans.some((span) => secondsBetween(span, place) <= seconds)
  return places.filter((place) => place.kind !== 'click' || !isPart(place))
}

/** The last frame can reach beyond what is scored. */
function spanOf({ firstFrame, endFrame }: Region, { frameSeconds, seconds }: TextureMeasurement): Span {
  return { startSeconds: firstFrame * frameSeconds, endSeconds: Math.min(endFrame * frameSeconds, seconds) }
}

/** The most unusual of the places that together explain a region; none when some of it is not near any. */
function causeOf(region: Span, places: readonly WaveformPlace[]): WaveformPlace | undefined {
  const near = places
    .map((place) => ({
      place,
      startSeconds: place.startSeconds - latentLeadSeconds,
      endSeconds: place.endSeconds + latentRingSeconds,
    }))
    .filter((reach) => secondsBetween(reach, region) === 0)
  let covered = region.startSeconds
  for (const { startSeconds, endSeconds } of near.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    if (startSeconds <= covered) covered = Math.max(covered, endSeconds)
  }
  return covered < region.endSeconds ? undefined : near[0]?.place
}

function isLong({ firstFrame, endFrame }: Region): boolean {
  return endFrame - firstFrame > clickFrames
}

/** Faults with places of their own explain nothing elsewhere; those of the whole recording do. */
function kindOf(region: Region, plain: readonly Reason[]): Reason {
  const ofTheWhole = plain.find((reason) => !['hole', 'click', 'clipping', 'repeat'].includes(reason))
  return ofTheWhole ?? (region.sign > 0 && isLong(region) ? 'noise' : 'other')
}
