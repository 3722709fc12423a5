import { quantile } from '../figures.js'

/** A span of time, seconds. */
export interface TimeSpan {
  readonly startSeconds: number
  readonly endSeconds: number
}

/** A damaged recording: where it is damaged and by what, and what was marked. */
export interface LocatedItem {
  readonly events: readonly TimeSpan[]
  readonly marks: readonly (TimeSpan & { readonly kind: string })[]
}

/** Differing samples closer than this are one damage. */
const joinSeconds = 0.01

/** A mark farther from the damage than this is of something else. */
const nearSeconds = 0.1

/** Where a copy of the same length differs from the recording. */
export function differences(clean: Float32Array, damaged: Float32Array, sampleRate: number): TimeSpan[] {
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

  /** @param kind that marks of the damage should have */
  add(damage: string, kind: string, items: readonly LocatedItem[]): void {
    const starts: number[] = []
    const ends: number[] = []
    let [events, named, elsewhere] = [0, 0, 0]
    for (const { events: those, marks } of items) {
      events += those.length
      for (const event of those) {
        const near = marks.filter((mark) => distance(event, mark) <= nearSeconds)
        if (near.length === 0) continue
        const startError = (mark: TimeSpan) => Math.abs(mark.startSeconds - event.startSeconds)
        const nearest = near.reduce((a, b) => (startError(b) < startError(a) ? b : a))
        starts.push(1000 * startError(nearest))
        ends.push(1000 * Math.abs(nearest.endSeconds - event.endSeconds))
        if (nearest.kind === kind) named++
      }
      elsewhere += marks.filter((mark) => those.every((event) => distance(event, mark) > nearSeconds)).length
    }
    const share = (count: number, of: number) => (of === 0 ? '–' : Math.round((100 * count) / of).toString())
    const errors = (ms: readonly number[]) =>
      ms.length === 0 ? '–' : [0.5, 0.9].map((part) => quantile(ms, part).toFixed(1)).join(' / ')
    const cells = [
      damage,
      events,
      share(starts.length, events),
      errors(starts),
      errors(ends),
      share(named, starts.length),
      (elsewhere / items.length).toFixed(2),
    ]
    this.rows.push(`| ${cells.join(' | ')} |`)
  }

  markdown(): string[] {
    return [
      '| damage | places | marked, % | error of the start, ms | error of the end, ms | right kind, % | marks elsewhere, a recording |',
      '|---|---|---|---|---|---|---|',
      ...this.rows,
    ]
  }
}

/** Between two spans; 0 where they overlap. */
function distance(a: TimeSpan, b: TimeSpan): number {
  return Math.max(0, a.startSeconds - b.endSeconds, b.startSeconds - a.endSeconds)
}
