import { describe, expect, it } from 'vitest'
import { parseServerMessage } from '../../../web-audio-client/connection/server-messages.js'

describe('parseServerMessage', () => {
  it('passes what the protocol has, with members that it does not read', () => {
    const text = '{"type":"credit","stream":3,"frames":16,"later":true}'
    expect(parseServerMessage(text)).toEqual({ type: 'credit', stream: 3, frames: 16, later: true })
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
  ])('refuses %s', (text, message) => {
    expect(() => parseServerMessage(text)).toThrow(message)
  })
})
