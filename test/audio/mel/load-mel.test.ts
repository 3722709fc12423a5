import { describe, expect, it } from 'vitest'
import { f0FromFile } from '../../../src/audio/mel/load-mel.js'
import { encodeNpy } from '../../../src/audio/mel/npy.js'

const { NaN: unvoiced } = Number
const text = (content: string) => new TextEncoder().encode(content)

describe('an F0 file', () => {
  it('takes NaN for unvoiced, as librosa.pyin gives it', () => {
    const values = Float32Array.of(unvoiced, 110, 0, unvoiced, 220.5)
    const wanted = Float32Array.of(0, 110, 0, 0, 220.5)
    expect(f0FromFile(encodeNpy([5], values), 5, 'f0.npy')).toEqual(wanted)
    expect(f0FromFile(text('nan\n110\n0\nNaN\n220.5\n'), 5, 'f0.txt')).toEqual(wanted)
  })

  it.each([
    [
      'a negative value',
      text('100 -5'),
      /f0: got -5 in frame 1, expected 0 or NaN \(unvoiced\) or 20 to 2000 Hz/,
    ],
    ['infinity', encodeNpy([2], Float32Array.of(100, Number.POSITIVE_INFINITY)), /got Infinity in frame 1/],
    ['words', text('100 nano'), /got "nano"/],
    ['another length', text('100'), /got 1 value, expected 2/],
    ['an archive', text('PK\x03\x04 and more'), /a \.npz or ZIP archive/],
  ])('refuses %s before anything is synthesised', (_, bytes, message) => {
    expect(() => f0FromFile(bytes, 2, 'f0')).toThrow(message)
  })
})
