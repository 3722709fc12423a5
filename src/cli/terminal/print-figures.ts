import { plural } from '../../plural.js'
import type { RunComparison } from '../../report/evaluation/compare-runs.js'
import { formatChange, formatNumber } from '../../report/page/format-number.js'
import { type CliIo, print } from './io.js'
import { roundFigures } from './print.js'

export const baselineLabel = 'Griffin–Lim'

/** A mean over files with its interval, and the baseline's beside it; nothing where no file has the figure. */
export function printFigure(
  io: CliIo,
  label: string,
  unit: string,
  value: { mean: number; low: number; high: number } | null,
  baseline?: { mean: number } | null,
): void {
  if (value === null) return
  const { mean, low, high } = roundFigures({ mean: value.mean, low: value.low, high: value.high })
  const beside = baseline ? `  ${baselineLabel} ${roundFigures({ mean: baseline.mean })['mean']}` : ''
  print(
    io,
    `${label.padEnd(32)} ${String(mean).padStart(8)} ${unit.padEnd(6)} (95 %: ${low} to ${high})${beside}`,
  )
}

/** What differs from another run, figure by figure. */
export function printComparison(io: CliIo, { files, figures, settings }: RunComparison): void {
  print(io, `compared with the other run over ${plural(files, 'file')}:`)
  for (const [name, there, here] of settings) print(io, `  ${name}: ${there} there, ${here} here`)
  for (const { label, unit, other, here, difference, change } of figures) {
    const interval = `${formatChange(difference.low)} to ${formatChange(difference.high)}`
    print(
      io,
      `${label.padEnd(32)} ${formatNumber(other).padStart(8)} -> ${formatNumber(here).padStart(8)} ${unit.padEnd(6)} (${interval}) ${change}`,
    )
  }
}
