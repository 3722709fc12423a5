import type { GroupCalibration } from '../../../src/density/calibration.js'
import { conformalP } from '../../../src/density/conformal.js'
import type { StretchVerdict } from '../../../src/density/texture-judge.js'
import { shareAtMost, uniformityTest } from './figures.js'

/** What is ranked among the calibration's. */
export type Ranked = Pick<StretchVerdict, 'score' | 'strongestPlace'>

/** Clean recordings, and what they are ranked among: the bundled calibration where it is not said. */
export interface CleanGroup {
  readonly name: string
  readonly items: readonly Ranked[]
  readonly against?: readonly Ranked[]
}

/** Of decisions, and of there being any mark. */
export function falseAlarmTables(groups: readonly CleanGroup[], bundled: GroupCalibration): string[] {
  const table = (value: (item: Ranked) => number, calibration: readonly number[]) => [
    '| clean speech | p ≤ 0.1 | p ≤ 0.05 | p ≤ 0.01 | KS distance | KS p |',
    '|---|---|---|---|---|---|',
    ...groups.map(({ name, items, against }) =>
      row(name, items.map(value), against?.map(value).sort((a, b) => a - b) ?? calibration),
    ),
  ]
  return [
    '**False alarms.** Wanted: the rate at the head of each column.',
    '',
    ...table(({ score }) => score, bundled.scores),
    '',
    'Any mark, whatever the decision:',
    '',
    ...table(({ strongestPlace }) => strongestPlace, bundled.places),
  ]
}

/** @param calibration ascending */
function row(name: string, scores: readonly number[], calibration: readonly number[]): string {
  const p = scores.map((score, index) => conformalP(score, calibration, { seed: 1, index }))
  const { distance, pValue } = uniformityTest(p, calibration.length)
  const shares = [0.1, 0.05, 0.01].map((rate) => shareAtMost(p, rate).toFixed(3))
  return `| ${[name, ...shares, distance.toFixed(3), pValue.toFixed(2)].join(' | ')} |`
}
