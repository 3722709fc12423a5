import { type FigureName, figureInfo, figureNames } from '../../evaluation/figures.js'

type Figures = Readonly<Record<FigureName, number | null>>

/** A figure says how good a file is where it says which way is better. */
const judging = figureNames.filter((name) => ['lower', 'higher'].includes(figureInfo[name].better))

/**
 * Places of files from worst (0) to best, by their mean rank over all figures: one figure alone is easily good where the
 * sound is not.
 */
export function worstFirst(files: readonly Figures[]): number[] {
  const ranks = files.map(() => 0)
  for (const name of judging) {
    const sign = figureInfo[name].better === 'lower' ? -1 : 1
    const rankOf = sharedRanks(files.flatMap((file) => (file[name] === null ? [] : [sign * file[name]])))
    files.forEach((file, i) => {
      const value = file[name]
      // A file without this figure is neither good nor bad by it.
      ranks[i]! += value === null ? 0.5 : rankOf(sign * value)
    })
  }
  const order = ranks.map((rank, i) => ({ rank, i })).sort((a, b) => a.rank - b.rank || a.i - b.i)
  const places = new Array<number>(files.length)
  order.forEach(({ i }, place) => {
    places[i] = place
  })
  return places
}

/** Ranks from 0, the lowest, to 1; equals share the middle of theirs. */
function sharedRanks(values: readonly number[]): (value: number) => number {
  const sorted = [...values].sort((a, b) => a - b)
  const ranks = new Map<number, number>()
  for (let first = 0; first < sorted.length; ) {
    let end = first
    while (sorted[end] === sorted[first]) end++
    ranks.set(sorted[first]!, ((first + end) / 2 - 0.5) / Math.max(1, sorted.length - 1))
    first = end
  }
  return (value) => (values.length > 1 ? ranks.get(value)! : 0.5)
}
