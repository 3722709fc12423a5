import { describe, expect, it } from 'vitest'
import { Lexicon } from '../../../../src/speech/hibari/pronunciation/lexicon.js'
import { TextNormalizer } from '../../../../src/speech/hibari/pronunciation/normalize.js'
import { Pronouncer } from '../../../../src/speech/hibari/pronunciation/pronouncer.js'
import { Tagger } from '../../../../src/speech/hibari/pronunciation/tagger.js'
import { letterIds, phonemesOfPath } from '../../../../src/speech/hibari/pronunciation/unknown-words.js'

const forms = {
  titles: { Dr: 'Doctor', St: 'Saint' },
  abbreviations: { 'St.': 'Street', 'etc.': 'et cetera' },
  units: { km: ['kilometer', 'kilometers'], m: ['meter', 'meters'] },
  symbols: { '=': 'equals', '©': 'copyright' },
} as const
const normalizer = new TextNormalizer(forms)

it.each([
  ['Dr. Who of 5 St. Paul St.', 'Doctor Who of five Saint Paul Street'],
  ['1 km, 2.5 km and 3 m', 'one kilometer, two point five kilometers and three meters'],
  [
    '$1, $9.99, £0.50 and €3 million',
    'one dollar, nine dollars and ninety nine cents, fifty pence and three million euros',
  ],
  [
    'in 1905, 1900, 2005, 1984 and 2024',
    'in nineteen oh five, nineteen hundred, two thousand five, nineteen eighty four and twenty twenty four',
  ],
  ['1,234,567', 'one million two hundred thirty four thousand five hundred sixty seven'],
  ['the 3rd, 12th and 20th', 'the third, twelfth and twentieth'],
  ['7:30, 7:05 and 7:00', "seven thirty, seven oh five and seven o'clock"],
  ['-5%', 'minus five percent'],
  ['007', 'zero zero seven'],
  [
    '12345678901234567890',
    'one two three four five six seven eight nine zero one two three four five six seven eight nine zero',
  ],
  ['a = b & c', 'a equals b and c'],
  ['don’t  stop', "don't stop"],
])('says %j in words', (text, words) => {
  expect(normalizer.wordsOf(text)).toBe(words)
})

const lexicon = new Lexicon(
  {
    A: 'ˈA',
    B: 'bˈi',
    C: 'sˈi',
    am: 'æm',
    apple: 'ˈæpᵊl',
    to: 'tu',
    read: { DEFAULT: 'ɹˈid', VBD: 'ɹˈɛd' },
    use: 'jˈuz',
    used: { DEFAULT: 'jˈuzd', VBD: 'jˈust' },
    wait: 'wˈAt',
    run: 'ɹˈʌn',
    well: 'wˈɛl',
    known: 'nˈOn',
    box: 'bˈɑks',
    for: 'fɔɹ',
    Smith: 'smˈɪθ',
  },
  { kite: 'kˈIt' },
)
const tagger = new Tagger({
  tags: ['DT', 'NN', 'VB', 'VBD', 'TO'],
  tagdict: { a: 'DT', the: 'DT', to: 'TO' },
  vocab: ['i', 'the'],
  weights: { 'w=read': { VB: 1 }, 't-1=DT': { NN: 3 }, 's3=sed': { VBD: 2 }, 'sh=<x>': { VB: -1 } },
})
const pronouncer = new Pronouncer(normalizer, tagger, lexicon, async (word) => `<${word}>`)

describe('the tagger', () => {
  it('takes what is certain, then what its features say', () => {
    expect(tagger.tagsOf(['the', 'apple', 'used', 'to'])).toEqual(['DT', 'NN', 'VBD', 'TO'])
    expect(tagger.tagsOf(['nothing'])).toEqual(['NN'])
    expect(tagger.tagsOf(['constructor'])).toEqual(['NN'])
  })
})

describe('the pronouncer', () => {
  it.each([
    ['the apple', 'ði ˈæpᵊl'],
    ['the box', 'ðə bˈɑks'],
    ['a box to use.', 'ɐ bˈɑks tə jˈuz.'],
    ['to apple', 'tʊ ˈæpᵊl'],
    ['used to', 'jˈust tu'],
    ['used box', 'jˈuzd bˈɑks'],
    ['waited', 'wˈATᵻd'],
    ['waiting, running', 'wˈATɪŋ, ɹˈʌnɪŋ'],
    ['boxes kites', 'bˈɑksᵻz kˈIts'],
    ["Smith's", 'smˈɪθs'],
    ['well-known', 'wˌɛlnˈOn'],
    ['ABC', 'ˌAbˌisˈi'],
    ['A.B.', 'ˌAbˈi'],
    ['For', 'fˌɔɹ'],
    ['blorp', '<blorp>'],
    ['constructor', '<constructor>'],
    ['box - "box" (box)', 'bˈɑks — “bˈɑks” (bˈɑks)'],
    ['box 😀 box', 'bˈɑks bˈɑks'],
    ['😀 ...', ''],
    ['', ''],
  ])('says %j', async (text, phonemes) => {
    expect(await pronouncer.phonemesOf(text)).toBe(phonemes)
  })
})

describe('the network of unknown words', () => {
  const table = { in: ['a', 'b'], out: ['x', 'y'], maxlen: 3 }
  it('numbers the letters that it knows', () => {
    expect(letterIds('abzba', table)).toEqual([1, 2, 2])
  })
  it('makes one of repetitions that no blank parts', () => {
    expect(phonemesOfPath([0, 1, 1, 0, 1, 2, 2], table)).toBe('xxy')
  })
})
