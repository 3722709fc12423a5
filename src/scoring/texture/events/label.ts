import type { Anomaly, Reason } from '../../verdict/anomaly.js'
import type { TimeSpan } from '../faults/spans.js'
import type { TextureMeasurement } from '../reference/meter.js'
import { secondsBetween, type WaveformEvent, waveformEvents } from './from-waveform.js'
import { type EventReferences, peakSurprisal } from './reference.js'
import { coreOf, grown, joined, type Region, regionsOf } from './region.js'

/** More of the waveform in a region say nothing more: the most unusual are kept. */
const maxAnomalies = 100

/** The edges of a dropout, of clipped peaks and of a repeat are as sharp as clicks, this far from them. */
const edgeSeconds = 0.005

/** What the waveform shows is in the latents from the mel frames before on, and rings in the flow. */
const latentLeadSeconds = 0.06
const latentRingSeconds = 0.14

/** Longer regions (0.2 s at 22,050 Hz) are no clicks, but noise. */
const clickFrames = 18

/** Surprise from which on a place of the waveform says what it is that stands out in the latents: one in a hundred. */
const telling = Math.log(100)

export interface AnomalyOptions {
  readonly references: EventReferences
  /** Family-wise p of a surprisal. */
  readonly pOf: (surprisal: number) => number
  readonly falseAlarmRate: number
  /** Places of the waveform whose surprisal is less are what hiss and codecs make everywhere. */
  readonly minSurprisal: number
  /** Faults of the whole recording, which explain what the waveform does not. */
  readonly plain: readonly Reason[]
}

/** What stands out, and how much: a place of the waveform, or a region of the latents that no place explains. */
interface Found extends TimeSpan {
  readonly kind: Reason
  readonly surprisal: number
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
  { references, pOf, falseAlarmRate, minSurprisal, plain }: AnomalyOptions,
): Anomaly[] {
  const isOut = (surprisal: number) => pOf(surprisal) <= falseAlarmRate
  const isUnusual = (surprisal: number) =>
    surprisal >= minSurprisal && (surprisal > telling || isOut(surprisal))
  const unusual = waveformEvents(references, measurement, deviations, isUnusual)
  const events = withoutClicksAt(
    unusual.filter(({ kind, surprisal }) => kind !== 'click' && isOut(surprisal)),
    edgeSeconds,
    unusual,
  )
  const out = events.filter(({ surprisal }) => isOut(surprisal)).slice(0, maxAnomalies)
  const surprisals = new Map(out.map((event) => [event, event.surprisal]))
  const surprisalOf = (size: number) => peakSurprisal(references, measurement, size)
  const unexplained: Region[] = []
  for (const region of regionsOf(deviations, (size) => isOut(surprisalOf(size)))) {
    const span = spanOf(coreOf(region, deviations), measurement)
    const cause = causeOf(span, out) ?? causeOf(span, events)
    if (cause === undefined) unexplained.push(grown(region, deviations))
    else surprisals.set(cause, Math.max(surprisals.get(cause) ?? 0, surprisalOf(region.peak)))
  }
  const regions = joined(unexplained)
  const explained = [...surprisals].map(([event, surprisal]) => ({ ...event, surprisal }))
  const found: Found[] = [
    ...withoutClicksAt(
      regions.filter(isLong).map((region) => spanOf(region, measurement)),
      0,
      explained,
    ),
    ...regions.map((region) => ({
      ...spanOf(region, measurement),
      kind: kindOf(region, plain),
      surprisal: surprisalOf(region.peak),
    })),
  ]
  return found
    .sort((a, b) => a.startSeconds - b.startSeconds)
    .map(({ startSeconds, endSeconds, kind, surprisal }) => ({
      startSeconds: Math.max(0, measurement.startSeconds + startSeconds),
      endSeconds: measurement.startSeconds + endSeconds,
      kind,
      pValue: pOf(surprisal),
    }))
}

/** Places but for the clicks that are so near to something that they are part of it. */
function withoutClicksAt(
  spans: readonly TimeSpan[],
  seconds: number,
  events: readonly WaveformEvent[],
): WaveformEvent[] {
  const isPart = (event: WaveformEvent) => spans.some((span) => secondsBetween(span, event) <= seconds)
  return events.filter((event) => event.kind !== 'click' || !isPart(event))
}

/** The last frame can reach beyond what is scored. */
function spanOf({ firstFrame, endFrame }: Region, { frameSeconds, seconds }: TextureMeasurement): TimeSpan {
  return { startSeconds: firstFrame * frameSeconds, endSeconds: Math.min(endFrame * frameSeconds, seconds) }
}

/** The most unusual of the places that together explain a region; none when some of it is not near any. */
function causeOf(region: TimeSpan, events: readonly WaveformEvent[]): WaveformEvent | undefined {
  const near = events
    .map((event) => ({
      event,
      startSeconds: event.startSeconds - latentLeadSeconds,
      endSeconds: event.endSeconds + latentRingSeconds,
    }))
    .filter((reach) => secondsBetween(reach, region) === 0)
  let covered = region.startSeconds
  for (const { startSeconds, endSeconds } of near.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    if (startSeconds <= covered) covered = Math.max(covered, endSeconds)
  }
  return covered < region.endSeconds ? undefined : near[0]?.event
}

function isLong({ firstFrame, endFrame }: Region): boolean {
  return endFrame - firstFrame > clickFrames
}

/** Faults with places of their own explain nothing elsewhere; those of the whole recording do. */
function kindOf(region: Region, plain: readonly Reason[]): Reason {
  const ofTheWhole = plain.find((reason) => !['dropout', 'click', 'clipping', 'repeat'].includes(reason))
  return ofTheWhole ?? (region.sign > 0 && isLong(region) ? 'noise' : 'other')
}
