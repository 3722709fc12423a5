import type { SoundEvent, TimeSpan } from '../faults/spans.js'
import { type EventMeasure, eventMeasures } from '../features/sound-measures.js'
import { eventFeatureGroups } from '../features/statistics.js'
import type { TextureMeasurement } from '../reference/meter.js'
import {
  agreementFrames,
  agreementSurprisal,
  clickAgreement,
  type EventReferences,
  eventSurprisal,
} from './reference.js'

/** A place that the waveform shows, with what it is and how unusual it is in a normal recording. */
export interface WaveformEvent extends TimeSpan {
  readonly kind: 'dropout' | 'click' | 'clipping' | 'repeat'
  /** See `eventSurprisal` and `agreementSurprisal`. */
  readonly surprisal: number
}

const kinds = { dropouts: 'dropout', clicks: 'click', clipping: 'clipping', repeats: 'repeat' } as const

/**
 * Places of all measures whose surprisal is wanted, the most unusual first; of overlapping ones of a kind only the most
 * unusual.
 */
export function waveformEvents(
  references: EventReferences,
  measurement: TextureMeasurement,
  deviations: Float64Array,
  isWanted: (surprisal: number) => boolean,
): WaveformEvent[] {
  const surprisalOf = (measure: EventMeasure, event: SoundEvent) => {
    const alone = eventSurprisal(references, measurement, measure, event.strength)
    if (measure !== 'clickSharpness' || isOutdone(event, measurement)) return alone
    const agreement = clickAgreement(event, deviations, measurement.frameSeconds)
    return Math.max(alone, agreementSurprisal(references, measurement, agreement))
  }
  const all = eventMeasures.flatMap((measure) =>
    measurement.events[measure].map((event) => ({
      startSeconds: event.startSeconds,
      endSeconds: event.endSeconds,
      kind: kinds[eventFeatureGroups[measure]],
      surprisal: surprisalOf(measure, event),
    })),
  )
  const taken: WaveformEvent[] = []
  const wanted = all.filter(({ surprisal }) => isWanted(surprisal))
  for (const event of wanted.sort((a, b) => b.surprisal - a.surprisal)) {
    const isTaken = taken.some((other) => other.kind === event.kind && secondsBetween(other, event) === 0)
    if (!isTaken) taken.push(event)
  }
  return taken
}

/** Whether a sharper click lies so near that the latents may deviate for it, and not for this one. */
function isOutdone(click: SoundEvent, { events, frameSeconds }: TextureMeasurement): boolean {
  const frameOf = ({ startSeconds }: SoundEvent) => Math.floor(startSeconds / frameSeconds)
  return events.clickSharpness.some(
    (other) =>
      other.strength > click.strength && Math.abs(frameOf(other) - frameOf(click)) <= 2 * agreementFrames,
  )
}

/** Between two spans of time; 0 where they touch. */
export function secondsBetween(a: TimeSpan, b: TimeSpan): number {
  return Math.max(0, a.startSeconds - b.endSeconds, b.startSeconds - a.endSeconds)
}
