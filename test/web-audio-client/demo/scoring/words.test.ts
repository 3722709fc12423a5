import { describe, expect, it } from 'vitest'
import {
  bitsText,
  blockSentence,
  driftText,
  pText,
  resultSentence,
  timeText,
} from '../../../../web-audio-client/demo/scoring/words.js'
import type { BlockScore, ScoreResult } from '../../../../web-audio-client/index.js'

const block = (more: Partial<BlockScore>): BlockScore => ({
  block: 0,
  startSeconds: 0,
  endSeconds: 5,
  pValue: 0.5,
  decision: 'accept',
  reasons: [],
  anomalies: [],
  warnings: [],
  bitsPerSample: 7,
  natsPerSample: -5,
  error: null,
  ...more,
})

describe('score words', () => {
  it('name the reasons of a rejection, and why a block has no p-value', () => {
    expect(blockSentence(block({ decision: 'reject', reasons: ['click', 'hum'] }))).toBe('Reject: click, hum')
    expect(blockSentence(block({ decision: 'retry', reasons: ['other'] }))).toMatch(/^Retry: unlike/)
    const silent = {
      decision: 'reject',
      reasons: ['silence'],
      error: { code: 'SILENT', message: 'no sound' },
    } as const
    expect(blockSentence(block(silent))).toBe('Reject: silence (no sound)')
  })

  it('gather the reasons of all blocks that were not accepted, each once', () => {
    const blocks = [
      block({ reasons: ['noise'] }),
      block({ decision: 'reject', reasons: ['click'] }),
      block({ decision: 'reject', reasons: ['click', 'dropout'] }),
    ]
    const decided = (decision: ScoreResult['decision']) => resultSentence({ decision } as ScoreResult, blocks)
    expect(decided('reject')).toBe('Reject: click, dropout')
    expect(decided('accept')).toMatch(/^Accept/)
  })

  it('print figures as they may be', () => {
    expect([1, 0.5, 0.0816, 0.00408].map(pText)).toEqual(['1.00', '0.50', '0.082', '0.0041'])
    expect(pText(null)).toBe('none')
    expect([7.126, 204_784, null].map(bitsText)).toEqual(['7.13', 'over 100', 'none'])
    expect([0, 9.5, 61.234].map(timeText)).toEqual(['0:00.00', '0:09.50', '1:01.23'])
  })

  it('tell drift with the block that raised the alarm, counted from one', () => {
    const drift = { tests: 1, logMartingale: 0, logThreshold: 4, alarm: false, alarmBlock: null }
    expect(driftText({ ...drift, tests: 0 })).toMatch(/no block counts/)
    expect(driftText(drift)).toBe('Drift: none after 1 block')
    expect(driftText({ ...drift, alarm: true, alarmBlock: 4 })).toMatch(/since block 5$/)
  })
})
