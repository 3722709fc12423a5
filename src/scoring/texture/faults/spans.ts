export interface Span {
  readonly startSeconds: number
  readonly endSeconds: number
}

/** A place of a waveform that is unusual in one way, to the sample. */
export interface Place extends Span {
  /** In the unit of the measure that found it. */
  readonly strength: number
}

/** @param start first sample @param end the one behind the last */
export function placeAt(start: number, end: number, sampleRate: number, strength: number): Place {
  return { startSeconds: start / sampleRate, endSeconds: end / sampleRate, strength }
}

/** The measure of the whole: that of its strongest place, 0 where there is none. */
export function largestOf(places: readonly Place[]): number {
  return places.reduce((largest, { strength }) => Math.max(largest, strength), 0)
}

/** Those of at least a strength; the strongest of all in any case. */
export function prominent(places: readonly Place[], leastStrength: number): Place[] {
  const least = Math.min(leastStrength, largestOf(places))
  return places.filter(({ strength }) => strength >= least)
}
