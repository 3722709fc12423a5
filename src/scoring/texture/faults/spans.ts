export interface TimeSpan {
  readonly startSeconds: number
  readonly endSeconds: number
}

/** A place of a waveform that is unusual in one way, to the sample. */
export interface SoundEvent extends TimeSpan {
  /** In the unit of the measure that found it. */
  readonly strength: number
}

/** @param start first sample @param end the one behind the last */
export function eventAt(start: number, end: number, sampleRate: number, strength: number): SoundEvent {
  return { startSeconds: start / sampleRate, endSeconds: end / sampleRate, strength }
}

/** The measure of the whole: that of its strongest place, 0 where there is none. */
export function largestOf(events: readonly SoundEvent[]): number {
  return events.reduce((largest, { strength }) => Math.max(largest, strength), 0)
}

/** Those of at least a strength; the strongest of all in any case. */
export function prominent(events: readonly SoundEvent[], minStrength: number): SoundEvent[] {
  const least = Math.min(minStrength, largestOf(events))
  return events.filter(({ strength }) => strength >= least)
}
