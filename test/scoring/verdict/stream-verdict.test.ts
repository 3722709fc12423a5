import { expect, it } from 'vitest'
import type { SignalFacts } from '../../../src/audio/metering/signal-facts.js'
import type { FileScore } from '../../../src/scoring/verdict/file-score.js'
import { StreamVerdict } from '../../../src/scoring/verdict/stream-verdict.js'

const verdict = () =>
  new StreamVerdict({
    calibrationItems: 244,
    falseAlarmRate: 0.01,
    driftFalseAlarmRate: 0.01,
    seed: 0,
    sampleRate: 1,
  })

const spoken: FileScore = {
  file: 'block',
  bitsPerSample: 7,
  natsPerSample: -5,
  pValue: 0.5,
  decision: 'accept',
  reasons: [],
  anomalies: [],
  segmentPValues: [0.5],
  warnings: [],
  input: { silenceShare: 0.1 } as SignalFacts,
}
const silent: FileScore = {
  ...spoken,
  pValue: null,
  natsPerSample: null,
  bitsPerSample: null,
  decision: 'reject',
  reasons: ['silence'],
  error: { code: 'SILENT', message: 'block: got silence, expected sound' },
  input: { silenceShare: 1 } as SignalFacts,
}
const span = (index: number, overlap = 0) => ({
  index,
  first: 5 * index - overlap,
  length: 5,
  overlap,
  isWhole: true,
})

it.each([
  [1, 'accept'],
  [3, 'accept'],
  [4, 'reject'],
  [20, 'reject'],
])('a stream of one spoken and %i silent blocks: %s, as its file', (silentBlocks, decision) => {
  const stream = verdict()
  stream.add(span(0), { score: spoken, found: [] })
  for (let index = 1; index <= silentBlocks; index++) stream.add(span(index), { score: silent, found: [] })
  expect(stream.summary()).toMatchObject({ pValue: 0.5, decision })
})

it('counts once what the last block shares with the one before', () => {
  const stream = verdict()
  stream.add(span(0), { score: spoken, found: [] })
  stream.add(span(1, 4), { score: { ...spoken, natsPerSample: -2 }, found: [] })
  // 5 s of -5 nats, and 1 s of -2.
  expect(stream.summary().natsPerSample).toBeCloseTo(-27 / 6, 12)
})
