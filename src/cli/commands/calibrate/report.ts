import { plural } from '../../../plural.js'
import { type CalibrationSet, fewItems } from '../../../scoring/calibration/file.js'
import { type CliIo, note, print } from '../../terminal/io.js'
import { oneLine } from '../../terminal/text.js'

/** The day of a calibration. */
export const today = () => new Date().toISOString().slice(0, 10)

interface Written {
  /** File and group. */
  readonly path: string
  readonly name: string
  readonly group: CalibrationSet & { readonly referenceItems?: number }
  /** Why recordings are left out. */
  readonly skipped: readonly string[]
  /** What is wrong with files that are measured all the same. */
  readonly warnings: readonly string[]
}

/**
 * Says what has become of the recordings, and prints what a group is like.
 *
 * @param more figures of JSON
 */
export function reportGroup(
  { path, name, group, skipped, warnings }: Written,
  asJson: boolean,
  io: CliIo,
  more: object = {},
): void {
  for (const reason of skipped) note(io, `skipped ${oneLine(reason)}`)
  for (const line of warnings) note(io, `warning: ${oneLine(line)}`)
  noteFewItems(group, io)
  const { n, blockSeconds, recordings = n, referenceItems } = group
  const smallestPValue = 1 / (n + 1)
  const blocks = blockSeconds === undefined ? {} : { blockSeconds, recordings }
  const reference = referenceItems === undefined ? {} : { referenceItems }
  const figures = { calibration: path, group: name, n, ...blocks, ...reference, smallestPValue }
  const items =
    blockSeconds === undefined ? '' : ` blocks of ${blockSeconds} s from ${plural(recordings, 'recording')}`
  const by = referenceItems === undefined ? '' : ` (reference: ${referenceItems})`
  const line = `${path}: group ${name}, n = ${n}${items}${by}, p from ${smallestPValue.toFixed(4)}`
  print(io, asJson ? JSON.stringify({ ...figures, skipped: skipped.length, ...more }) : line)
}

/** Warns where items are few, or come from few recordings. */
export function noteFewItems(
  { n, blockSeconds, recordings = n }: Pick<CalibrationSet, 'n' | 'blockSeconds' | 'recordings'>,
  io: CliIo,
): void {
  if (n < fewItems) {
    const items = plural(n, blockSeconds === undefined ? 'recording' : 'block')
    note(io, `warning: calibrated on ${items}; with fewer than ${fewItems}, p-values are coarse`)
  } else if (recordings < fewItems) {
    const from = `${plural(n, 'block')} come from ${plural(recordings, 'recording')}, fewer than ${fewItems}`
    const advice = 'blocks of one recording are alike, so p-values hold only for streams like these'
    note(io, `warning: the ${from}; ${advice}`)
  }
}
