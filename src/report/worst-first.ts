import { type FigureName, figureInfo, figureNames } from '../evaluation/figures.js'

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
    const known = files.flatMap((file, i) => (file[name] === null ? [] : [{ i, value: sign * file[name] }]))
    known.sort((a, b) => a.value - b.value)
    const middle = (files.length - 1) / 2
    const place = new Map(known.map(({ i }, rank) => [i, rank]))
    files.forEach((_, i) => {
      // A file without this figure is neither good nor bad by it.
      ranks[i]! += place.get(i) ?? middle
    })
  }
  const order = ranks.map((rank, i) => ({ rank, i })).sort((a, b) => a.rank - b.rank || a.i - b.i)
  const places = new Array<number>(files.length)
  order.forEach(({ i }, place) => {
    places[i] = place
  })
  return places
}
