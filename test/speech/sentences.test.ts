import { expect, it } from 'vitest'
import { partsWithin, sentencesOf, withEarlyStart } from '../../src/speech/sentences.js'

it.each([
  ['One. Two! Three? Four…', ['One.', 'Two!', 'Three?', 'Four…']],
  ['“Stop.” She did.', ['“Stop.”', 'She did.']],
  ['A line\nanother line\n\n  a third  ', ['A line', 'another line', 'a third']],
  ['Dr. Smith met J. K. Rowling. Then he left.', ['Dr. Smith met J. K. Rowling.', 'Then he left.']],
  ['It cost approx. three pounds.', ['It cost approx. three pounds.']],
  ['Version 2.0 is out', ['Version 2.0 is out']],
  ['Wait... What?', ['Wait...', 'What?']],
  [' \n \t ', []],
  ['', []],
])('splits %j', (text, sentences) => {
  expect(sentencesOf(text, new Set(['Dr']))).toEqual(sentences)
})

it('takes as long a text as a book in one line', () => {
  const sentence = 'This is an ordinary sentence.'
  const sentences = sentencesOf(`${sentence} `.repeat(30_000))
  expect(sentences).toHaveLength(30_000)
  expect(new Set(sentences)).toEqual(new Set([sentence]))
  expect(sentencesOf(`Contents ${'.'.repeat(300_000)}7`)).toHaveLength(1)
})

it('cuts a long sentence behind clauses, then between words, then anywhere', () => {
  expect(partsWithin('one two, three four, five', 15)).toEqual(['one two,', 'three four,', 'five'])
  expect(partsWithin('one two three four', 9)).toEqual(['one two', 'three', 'four'])
  expect(partsWithin('abcdefgh ij', 3)).toEqual(['abc', 'def', 'gh', 'ij'])
  expect(partsWithin('short', 9)).toEqual(['short'])
  expect(partsWithin('', 9)).toEqual([])
})

it.each([
  ['short enough', ['short enough']],
  ['one, two three four five six', ['one, two three four five six']],
  ['one two, three four five six', ['one two,', 'three four five six']],
  ['one two three four five, six', ['one two three four five,', 'six']],
  ['one two three four five six seven', ['one two three four five six seven']],
  ['one two three four five six seven eight nine', ['one two three four five six seven eight', 'nine']],
  ['a'.repeat(50), ['a'.repeat(50)]],
])('cuts the start of %j behind a clause', (text, parts) => {
  expect(withEarlyStart(text, 20)).toEqual(parts)
})
