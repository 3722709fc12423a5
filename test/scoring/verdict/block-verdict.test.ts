import { expect, it } from 'vitest'
import type { SignalFacts } from '../../../src/audio/metering/signal-facts.js'
import type { FileScore } from '../../../src/scoring/verdict/file-score.js'
import { StreamVerdict } from '../../../src/scoring/verdict/stream-verdict.js'

const input = { silenceShare: 0.1 } as SignalFacts
const judged = (
  pValue: number,
  decision: FileScore['decision'],
  reasons: FileScore['reasons'],
): FileScore => ({
  file: 'block',
  bitsPerSample: 7,
  natsPerSample: -5,
  pValue,
  decision,
  reasons,
  anomalies: [],
  segmentPValues: [pValue],
  warnings: [],
  input,
})
const span = (index: number) => ({ index, first: 5 * index, length: 5, overlap: 0, isWhole: true })

it('names the fault that a quarter of the refused blocks has, though the worst has none that is known', () => {
  const stream = new StreamVerdict({
    calibrationItems: 244,
    falseAlarmRate: 0.01,
    driftFalseAlarmRate: 0.01,
    seed: 0,
    sampleRate: 1,
  })
  for (let i = 0; i < 4; i++)
    stream.add(span(i), { score: judged(2 / 245, 'reject', ['click']), found: ['click'] })
  stream.add(span(4), { score: judged(1 / 245, 'retry', ['other']), found: ['other'] })
  // As `scoreInBlocks` says of these blocks: four of the five refused ones click.
  expect(stream.summary()).toMatchObject({ decision: 'reject' })
})

it('does not refuse for a drift alarm alone, whose false-alarm rate would come on top of that of p', () => {
  const stream = new StreamVerdict({
    calibrationItems: 244,
    falseAlarmRate: 0.01,
    driftFalseAlarmRate: 0.2,
    seed: 0,
    sampleRate: 1,
  })
  for (let i = 0; i < 12; i++)
    stream.add(span(i), { score: judged((30 + 3 * (i % 5)) / 245, 'accept', []), found: [] })
  const { pValue, decision, drift } = stream.summary()
  expect(drift.alarm).toBe(true)
  expect(pValue).toBeGreaterThan(0.01)
  expect(decision).toBe('accept')
})
