import type { GroupCalibration } from '../../../src/scoring/calibration/file.js'
import { conformalP } from '../../../src/scoring/statistics/conformal.js'
import { shareAtMost, uniformityTest } from './figures.js'

/** What is ranked among the calibration's. */
export interface Ranked {
  readonly score: number
  readonly strongestEvent: number
}

/** Clean recordings, and what they are ranked among: the bundled calibration where it is not said. */
export interface CleanGroup {
  readonly name: string
  readonly items: readonly Ranked[]
  readonly against?: readonly Ranked[]
}

/** Values of clean recordings, and what they are ranked among. */
export interface CleanTest {
  readonly name: string
  readonly scores: readonly number[]
  readonly against: readonly number[]
}

export function falseAlarmTable(tests: readonly CleanTest[]): string[] {
  return [
    '| clean speech | p ≤ 0.1 | p ≤ 0.05 | p ≤ 0.01 | KS distance | KS p |',
    '|---|---|---|---|---|---|',
    ...tests.map(({ name, scores, against }) => {
      const sorted = [...against].sort((a, b) => a - b)
      const p = scores.map((score, index) => conformalP(score, sorted, { seed: 1, index }))
      const { distance, pValue } = uniformityTest(p, against.length)
      const shares = [0.1, 0.05, 0.01].map((rate) => shareAtMost(p, rate).toFixed(3))
      return `| ${[name, ...shares, distance.toFixed(3), pValue.toFixed(2)].join(' | ')} |`
    }),
  ]
}

/** Of decisions, and of there being any mark. */
export function falseAlarmTables(groups: readonly CleanGroup[], bundled: GroupCalibration): string[] {
  const table = (value: (item: Ranked) => number, calibration: readonly number[]) =>
    falseAlarmTable(
      groups.map(({ name, items, against }) => ({
        name,
        scores: items.map(value),
        against: against?.map(value) ?? calibration,
      })),
    )
  return [
    '**False alarms.** Wanted: the rate at the head of each column.',
    '',
    ...table(({ score }) => score, bundled.scores),
    '',
    'Any mark, whatever the decision:',
    '',
    ...table(({ strongestEvent }) => strongestEvent, bundled.events),
  ]
}
