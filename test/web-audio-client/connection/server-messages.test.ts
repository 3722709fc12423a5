import { describe, expect, it } from 'vitest'
import { parseServerMessage } from '../../../web-audio-client/connection/server-messages.js'

const scoring = JSON.stringify({
  type: 'scoring',
  stream: 1,
  model: 'm',
  hash: 'h',
  calibration: { name: 'default', n: 20, date: '2026-11-24', seconds: [1, 8] },
  falseAlarmRate: 0.01,
  blockSeconds: 5,
  blockLength: 'within',
  driftFalseAlarmRate: 0.01,
})

describe('parseServerMessage', () => {
  it('passes what the protocol has, with members that it does not read', () => {
    const text = '{"type":"credit","stream":3,"frames":16,"later":true}'
    expect(parseServerMessage(text)).toEqual({ type: 'credit', stream: 3, frames: 16, later: true })
  })

  it('passes error codes that a later server has', () => {
    const error = { type: 'error', code: 'tired', errorType: 'rest_error', message: 'zzz', retryable: true }
    expect(parseServerMessage(JSON.stringify(error))).toEqual(error)
  })

  it.each([
    ['null', 'message: got JSON that is no object'],
    ['{"type":"hello"}', 'type: got hello, expected a known one'],
    ['{"type":"toString"}', 'type: got toString, expected a known one'],
    ['{"type":"credit","stream":3}', 'credit.frames: got undefined'],
    [
      '{"type":"ready","protocol":"glowcast.v2","models":[],"limits":{}}',
      'ready.protocol: got "glowcast.v2"',
    ],
    ['{"type":"opened","stream":1,"model":"m","format":"mp3"}', 'opened.format: got "mp3"'],
    ['{"type":"cancelled","stream":-1}', 'cancelled.stream: got -1'],
    ['{"type":"cancelled","stream":1}', 'cancelled.samples: got undefined'],
    [`${scoring.slice(0, -1)},"frameSeconds":0}`, 'scoring.frameSeconds: got 0'],
    ['{"type":"draining","closesInMs":null}', 'draining.closesInMs: got null'],
    [
      '{"type":"scores","stream":1,"frame":0,"startSeconds":0,"surprise":[null]}',
      'scores.surprise: got [null]',
    ],
    [
      '{"type":"ready","protocol":"glowcast.v1","models":[{"name":"m"}],"limits":{}}',
      'ready.models: got [{"name":"m"}]',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseServerMessage(text)).toThrow(message)
  })
})
