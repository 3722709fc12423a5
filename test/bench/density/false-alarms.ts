import { conformalP } from '../../../src/density/conformal.js'
import { shareAtMost, uniformityTest } from './figures.js'

/** Scores of clean recordings, and what they are ranked among. */
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
