import { describe, expect, it } from 'vitest'
import { fromHash, toHash } from '../../../../web-audio-client/demo/vocoder/share-link.js'

describe('A link to the page', () => {
  it.each([
    ['nothing of its own', { voice: { seed: 1 } }, ''],
    ['a clip', { clip: 'lakes', voice: { seed: 1 } }, '#clip=lakes'],
    [
      'all there is',
      { clip: 'kerstin-1', voice: { seed: 7, pitchSemitones: -3, temperature: 0.65 } },
      '#clip=kerstin-1&pitch=-3&temperature=0.65&seed=7',
    ],
    ['a temperature of 0', { voice: { seed: 1, temperature: 0 } }, '#temperature=0'],
  ])('carries %s, and is read as it was written', (_, settings, hash) => {
    expect(toHash(settings)).toBe(hash)
    expect(fromHash(hash)).toEqual(settings)
  })

  it.each([
    '#clip=../../etc/passwd',
    '#pitch=13',
    '#pitch=high',
    '#temperature=-1',
    '#temperature=',
    '#seed=1.5',
    '#seed=-1',
    '#seed=4294967296',
    '#score',
    '#token=secret',
    '#%',
  ])('leaves out what the page could not do: %s', (hash) => {
    expect(fromHash(hash)).toEqual({ voice: { seed: 1 } })
  })
})
