import type { Reason } from './reasons.js'
import type { StretchMeasurement } from './recording-meter.js'
import { peakOf, type Segment, segmentsOf } from './segments.js'
import { familyDeviations, frameDeviations, peakSurprise, type TextureReference } from './texture-reference.js'
import type { TextureStatistics } from './texture-statistics.js'
import { type Span, secondsBetween, type WaveformPlace, waveformPlaces } from './waveform-places.js'

/** A place that stands out more than those of normal recordings. */
export interface Mark {
  /** From the beginning of what was measured. */
  readonly startSeconds: number
  readonly endSeconds: number
  readonly kind: Reason
  /** Family-wise: how often a normal recording has any place, of any kind, that stands out so far. */
  readonly pValue: number
}

/** How unusual the strongest place of any kind is; what is calibrated, so that a mark's p is of all kinds at once. */
export function strongestPlace(reference: TextureReference, statistics: TextureStatistics): number {
  const { gaps, clicks, flatTops } = familyDeviations(reference, statistics)
  const peak = peakOf(frameDeviations(reference, statistics))
  return Math.max(gaps, clicks, flatTops, peakSurprise(reference, statistics, peak))
}

/** The edges of a hole and of clipped peaks are as sharp as clicks, this far from them. */
const edgeSeconds = 0.005

/** What the waveform shows is in the latents from the mel frames before on, and rings in the flow. */
const latentLeadSeconds = 0.06
const latentRingSeconds = 0.14

/** Longer segments (0.2 s at 22,050 Hz) are no clicks, but noise. */
const clickFrames = 18

/** Surprise from which on a place of the waveform says what it is that stands out in the latents: one in a hundred. */
const tellingPlace = Math.log(100)

export interface MarkingOptions {
  readonly reference: TextureReference
  /** Family-wise p of a surprise. */
  readonly pOf: (surprise: number) => number
  readonly falseAlarmRate: number
  /** Places of the waveform whose surprise is less are what hiss and codecs make everywhere. */
  readonly leastSurprise: number
  /** Faults of the whole recording, which explain what the waveform does not. */
  readonly plain: readonly Reason[]
}

/**
 * Marks of what stands out in the waveform or in the latents, in order of time. What stands out in both is one mark,
 * whose place and kind are those of the waveform.
 *
 * @param deviations of the mel frames, see `frameDeviations`
 */
export function marksOf(
  measurement: StretchMeasurement,
  deviations: Float64Array,
  { reference, pOf, falseAlarmRate, leastSurprise, plain }: MarkingOptions,
): Mark[] {
  const isOut = (surprise: number) => pOf(surprise) <= falseAlarmRate
  const places = waveformPlaces(reference, measurement).filter(({ surprise }) => surprise >= leastSurprise)
  const out = places.filter(({ surprise }) => isOut(surprise))
  const wide = out.filter(({ kind }) => kind !== 'click')
  const isEdge = (place: WaveformPlace) =>
    place.kind === 'click' && wide.some((other) => secondsBetween(other, place) <= edgeSeconds)
  const marked = new Map(out.filter((place) => !isEdge(place)).map((place) => [place, place.surprise]))
  const telling = places.filter((place) => !isEdge(place) && place.surprise > tellingPlace)
  const unexplained: Mark[] = []
  const surpriseOf = (size: number) => peakSurprise(reference, measurement.statistics, size)
  for (const segment of segmentsOf(deviations, (size) => isOut(surpriseOf(size)))) {
    const surprise = surpriseOf(segment.peak)
    const span = {
      startSeconds: segment.firstFrame * measurement.frameSeconds,
      endSeconds: segment.endFrame * measurement.frameSeconds,
    }
    const cause = causeOf(span, [...marked.keys()]) ?? causeOf(span, telling)
    if (cause === undefined) unexplained.push({ ...span, kind: kindOf(segment, plain), pValue: pOf(surprise) })
    else marked.set(cause, Math.max(cause.surprise, surprise))
  }
  const explained = [...marked].map(([{ startSeconds, endSeconds, kind }, surprise]) => ({
    startSeconds,
    endSeconds,
    kind,
    pValue: pOf(surprise),
  }))
  return [...explained, ...unexplained].sort((a, b) => a.startSeconds - b.startSeconds)
}

/** The most unusual of the places that together explain a segment; none when some of it is not near any. */
function causeOf(segment: Span, places: readonly WaveformPlace[]): WaveformPlace | undefined {
  const near = places
    .map((place) => ({
      place,
      startSeconds: place.startSeconds - latentLeadSeconds,
      endSeconds: place.endSeconds + latentRingSeconds,
    }))
    .filter((reach) => secondsBetween(reach, segment) === 0)
  let covered = segment.startSeconds
  for (const { startSeconds, endSeconds } of near.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    if (startSeconds <= covered) covered = Math.max(covered, endSeconds)
  }
  if (covered < segment.endSeconds) return undefined
  return near.reduce((a, b) => (b.place.surprise > a.place.surprise ? b : a)).place
}

function kindOf({ firstFrame, endFrame, sign }: Segment, plain: readonly Reason[]): Reason {
  const isNoise = sign > 0 && endFrame - firstFrame > clickFrames
  return plain[0] ?? (isNoise ? 'noise' : 'other')
}
