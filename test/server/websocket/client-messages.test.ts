import { expect, it } from 'vitest'
import { parseClientMessage } from '../../../server/websocket/client-messages.js'

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

it.each([
  ['arrays', '['.repeat(8000) + ']'.repeat(8000)],
  ['objects in a mel', `{"type":"open","stream":1,"mel":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`],
  ['arrays in a stream', `{"type":"open","stream":${'['.repeat(8000)}${']'.repeat(8000)}}`],
  ['arrays that never end', '['.repeat(16_000)],
])('refuses %s without end', (_, text) => {
  const message = 'message: got JSON of more than 16 levels, expected at most that many'
  expect(parseClientMessage(text)).toEqual({ wrong: { field: 'message', message } })
})

it.each([
  ['brackets in text', { ...score, group: '[{"\\'.repeat(40) }, {}],
  ['a long key', { ...score, ['k'.repeat(9000)]: 1 }, { wrong: { field: `${'k'.repeat(40)}…` } }],
  ['a long text', { ...score, type: 'k'.repeat(9000) }, { wrong: { field: 'type' } }],
  ['many entries', { ...score, type: new Array(900).fill([[[]]]) }, { wrong: { field: 'type' } }],
])('answers %s in few words', (_, message, answer) => {
  const parsed = parseClientMessage(JSON.stringify(message))
  expect(parsed).toMatchObject(answer)
  expect(JSON.stringify(parsed).length).toBeLessThan(400)
})

it('are not parsed where they are longer than any is', () => {
  const message = 'message: got 16385 characters, expected at most 16384'
  expect(parseClientMessage('{'.repeat(16_385))).toEqual({ wrong: { field: 'message', message } })
})
