/** A place of a waveform that is unusual in one way. */
export interface Place {
  /** To the sample. */
  readonly startSeconds: number
  readonly endSeconds: number
  /** In the unit of the measure that found it. */
  readonly strength: number
}

/** More than this of one kind in a stretch say nothing more. */
const mostPlaces = 100

/** @param start first sample @param end the one behind the last */
export function placeAt(start: number, end: number, sampleRate: number, strength: number): Place {
  return { startSeconds: start / sampleRate, endSeconds: end / sampleRate, strength }
}

/** The measure of the whole: that of its strongest place, 0 where there is none. */
export function largestOf(places: readonly Place[]): number {
  return places.reduce((largest, { strength }) => Math.max(largest, strength), 0)
}

/**
 * Those of at least a strength, at most 100 of the strongest, in order of time; the strongest of all in any case.
 *
 * @param places in order of time
 */
export function prominent(places: readonly Place[], leastStrength: number): Place[] {
  const least = Math.min(leastStrength, largestOf(places))
  const strong = places.filter(({ strength }) => strength >= least)
  if (strong.length <= mostPlaces) return strong
  const strongest = new Set([...strong].sort((a, b) => b.strength - a.strength).slice(0, mostPlaces))
  return strong.filter((place) => strongest.has(place))
}
