import { describe, expect, it } from 'vitest'
import { checkSynthesisOptions } from '../../src/synthesis/options.js'
import { tinyConfig } from '../tiny-model.js'

const config = { ...tinyConfig, melProjection: { passes: 8, momentum: 0.7 } }
const passesOf = (options: object) => checkSynthesisOptions(options, config).melProjections

describe('quality', () => {
  it('says how many passes are made; without one it is the model’s number', () => {
    expect(passesOf({})).toBe(8)
    expect(passesOf({ quality: 'fast' })).toBe(3)
    expect(passesOf({ quality: 'balanced' })).toBe(8)
    expect(passesOf({ quality: 'best' })).toBe(16)
    expect(passesOf({ melProjections: 5 })).toBe(5)
  })

  it('makes no more passes than a model may, and none where it has none', () => {
    const most = { ...config, melProjection: { passes: 30, momentum: 0.7 } }
    expect(checkSynthesisOptions({ quality: 'best' }, most).melProjections).toBe(32)
    const none = { ...config, melProjection: { passes: 0, momentum: 0.7 } }
    expect(checkSynthesisOptions({ quality: 'best' }, none).melProjections).toBe(0)
  })

  it('is refused when it is unknown, or contradicts a number of passes', () => {
    expect(() => passesOf({ quality: 'good' })).toThrow(
      'quality: got good, expected one of fast, balanced, best',
    )
    expect(() => passesOf({ quality: 'best', melProjections: 16 })).toThrow(
      'quality: got best, expected none beside melProjections, which say the number of passes',
    )
  })
})
