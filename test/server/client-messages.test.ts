import { expect, it } from 'vitest'
import { parseClientMessage } from '../../server/client-messages.js'

const score = { type: 'score', stream: 1, sampleRate: 16_000 }

it.each<[string, unknown, string]>([
  ['type', { ...score, type: 'sing' }, `got "sing", expected 'open' | 'score'`],
  ['type', { stream: 1 }, `got nothing, expected 'open' | 'score'`],
  ['sampleRate', { ...score, sampleRate: 100 }, 'got 100, expected number to be >=4000'],
  ['sampleRate', { ...score, sampleRate: 8000.5 }, 'got 8000.5, expected int'],
  ['sampleRate', { ...score, sampleRate: undefined }, 'got nothing, expected number'],
  ['format', { ...score, format: 'mp3' }, 'got "mp3", expected one of "s16le"|"f32le"'],
  ['loud', { ...score, loud: 1, big: 2 }, 'got a field of that name, expected none'],
  ['mel.sampleRate', { type: 'open', stream: 1, mel: { sampleRate: 'x' } }, 'got "x", expected number'],
  ['message', [score], 'expected object'],
  ['message', null, 'got null, expected object'],
  ['group', { ...score, group: 'g'.repeat(300) }, `got "${'g'.repeat(39)}…, expected string to have <=200`],
])('names %s, what it got and what it expected', (field, message, told) => {
  const parsed = parseClientMessage(JSON.stringify(message))
  expect(parsed).toMatchObject({ wrong: { field } })
  expect('wrong' in parsed && parsed.wrong.message).toContain(`${field}: `)
  expect('wrong' in parsed && parsed.wrong.message).toContain(told)
})
