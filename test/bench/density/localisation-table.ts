import { median } from './figures.js'

/** A stretch of time, seconds. */
export interface Span {
  readonly startSeconds: number
  readonly endSeconds: number
}

/** Differing samples closer than this are one damage. */
const joinSeconds = 0.01

/** A mark farther from the damage than this is of something else. */
const nearSeconds = 0.1

/** Where a copy of the same length differs from the recording. */
export function differences(clean: Float32Array, damaged: Float32Array, sampleRate: number): Span[] {
  const spans: { startSeconds: number; endSeconds: number }[] = []
  // Copies are kept in 16 bits: what differs by less than two steps is their rounding.
  const rounding = 2 / 32768
  for (const [i, sample] of damaged.entries()) {
    if (Math.abs(sample - clean[i]!) <= rounding) continue
    const last = spans.at(-1)
    const seconds = i / sampleRate
    if (last !== undefined && seconds - last.endSeconds < joinSeconds) last.endSeconds = seconds
    else spans.push({ startSeconds: seconds, endSeconds: seconds })
  }
  return spans
}

/** How far marks are from the damage, for damages that have a place. */
export class LocalisationTable {
  private readonly rows: string[] = []

  /** @param items of one damage: where it is, and what was marked */
  add(
    damage: string,
    items: readonly { readonly places: readonly Span[]; readonly marks: readonly Span[] }[],
  ): void {
    const errors: number[] = []
    let [places, elsewhere] = [0, 0]
    for (const item of items) {
      places += item.places.length
      for (const place of item.places) {
        const near = item.marks.filter((mark) => distance(place, mark) <= nearSeconds)
        if (near.length === 0) continue
        errors.push(Math.min(...near.map((mark) => Math.abs(mark.startSeconds - place.startSeconds))))
      }
      elsewhere += item.marks.filter((mark) =>
        item.places.every((place) => distance(place, mark) > nearSeconds),
      ).length
    }
    const share = Math.round((100 * errors.length) / places)
    const error = errors.length === 0 ? '–' : (1000 * median(errors)).toFixed(0)
    this.rows.push(
      `| ${damage} | ${places} | ${share} | ${error} | ${(elsewhere / items.length).toFixed(1)} |`,
    )
  }

  markdown(): string[] {
    return [
      '| damage | places | marked, % | error of the start, median, ms | marks elsewhere, a recording |',
      '|---|---|---|---|---|',
      ...this.rows,
    ]
  }
}

/** Between two spans; 0 where they overlap. */
function distance(a: Span, b: Span): number {
  return Math.max(0, a.startSeconds - b.endSeconds, b.startSeconds - a.endSeconds)
}
