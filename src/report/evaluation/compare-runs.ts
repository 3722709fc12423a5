import { invalidRun } from '../../errors.js'
import { type FigureInfo, figureInfo, figureNames } from '../../evaluation/figures.js'
import { bootstrapMean, type Interval } from '../../evaluation/summary.js'
import { mean } from '../../numeric/stats.js'
import type { EvaluatedFile, EvaluationRun } from './run.js'

/** better, worse: the 95 % interval of the difference leaves zero out. */
type Change = 'better' | 'worse' | 'no difference' | 'not judged'

export interface ComparedFigure {
  readonly name: string
  readonly label: string
  readonly unit: string
  /** Means over the files that both runs measured. */
  readonly other: number
  readonly here: number
  /** Of this run minus the other, file by file: the mean with its interval. */
  readonly difference: Interval
  readonly change: Change
}

export interface RunComparison {
  /** What the other run judged. */
  readonly model: EvaluationRun['model']
  /** Files that both runs measured. */
  readonly files: number
  readonly onlyHere: number
  readonly onlyOther: number
  /** Settings in which the runs differ, as name and both values. */
  readonly settings: readonly (readonly [name: string, other: string, here: string])[]
  readonly figures: readonly ComparedFigure[]
}

const bitsInfo: FigureInfo = {
  label: 'Bits per sample',
  unit: 'bits',
  better: 'lower',
  meaning: 'Negative log-likelihood of the recordings as 16-bit integers.',
}

/**
 * Compares two runs by the files that both measured. Files differ far more among themselves than runs do, so that the
 * differences of pairs are averaged, not the runs by themselves.
 *
 * @throws GlowcastError INVALID_RUN when they share no file
 */
export function compareRuns(here: EvaluationRun, other: EvaluationRun): RunComparison {
  const others = new Map(other.files.map((file) => [file.name, file]))
  const pairs = here.files.flatMap((file) => {
    const match = others.get(file.name)
    return match === undefined ? [] : [[file, match] as const]
  })
  if (pairs.length === 0) {
    const got = `files such as ${other.files[0]!.name}`
    throw invalidRun('compare', got, `a file of this run, such as ${here.files[0]!.name}`)
  }
  const compared = (name: string, info: FigureInfo, value: (file: EvaluatedFile) => number | null) => {
    const values = pairs.flatMap(([a, b]) => {
      const [of, beside] = [value(a), value(b)]
      return of === null || beside === null ? [] : [[of, beside] as const]
    })
    if (values.length === 0) return []
    const difference = bootstrapMean(values.map(([a, b]) => a - b))
    const { label, unit } = info
    return [
      {
        name,
        label,
        unit,
        here: mean(values.map(([a]) => a)),
        other: mean(values.map(([, b]) => b)),
        difference,
        change: changeOf(difference, info.better),
      },
    ]
  }
  return {
    model: other.model,
    files: pairs.length,
    onlyHere: here.files.length - pairs.length,
    onlyOther: other.files.length - pairs.length,
    settings: (['damage', 'seed', 'temperature'] as const)
      .filter((name) => here.settings[name] !== other.settings[name])
      .map((name) => [name, `${other.settings[name]}`, `${here.settings[name]}`] as const),
    figures: [
      ...figureNames.flatMap((name) => compared(name, figureInfo[name], ({ figures }) => figures[name])),
      ...compared('bitsPerSample', bitsInfo, (file) => file.bitsPerSample),
    ],
  }
}

/** One file has no interval, and so no difference that could be told from chance. */
function changeOf({ low, high, files }: Interval, better: FigureInfo['better']): Change {
  if (better !== 'lower' && better !== 'higher') return 'not judged'
  if (files < 2 || (low <= 0 && high >= 0)) return 'no difference'
  return high < 0 === (better === 'lower') ? 'better' : 'worse'
}
