import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { parseTrainingConfig } from '../../../src/training/config.js'
import { CropDraw } from '../../../src/training/data/crop-draw.js'
import type { Features } from '../../../src/training/data/features.js'
import { tinyConfig } from '../../tiny-model.js'
import { halfVoicedTone } from '../tone-features.js'

const recordings = [
  { ...halfVoicedTone(300), name: 'long/a' },
  { ...halfVoicedTone(40), name: 'short/b' },
  { ...halfVoicedTone(20), name: 'short/c' },
]

function drawOf(given: readonly Features[], sources: object[]): CropDraw {
  const phases = [{ steps: 1, learningRate: 1 }]
  const config = parseTrainingConfig({ model: tinyConfig, cropFrames: 16, phases, sources }, 'test')
  return new CropDraw(given, config)
}

function sharesOf(draw: CropDraw): Record<string, number> {
  const shares: Record<string, number> = {}
  const random = new RandomStream(1, 2)
  for (let i = 0; i < 4000; i++) {
    const { recording, start } = draw.draw(random)
    expect(start).toBeGreaterThanOrEqual(0)
    expect(start + 16).toBeLessThanOrEqual(recording.frames)
    shares[recording.name] = (shares[recording.name] ?? 0) + 1 / 4000
  }
  return shares
}

describe('CropDraw', () => {
  it('draws every start as often as another without sources', () => {
    const shares = sharesOf(drawOf(recordings, []))
    expect(shares['long/a']).toBeCloseTo(285 / 315, 1)
    expect(shares['short/b']).toBeCloseTo(25 / 315, 1)
  })

  it('draws sources by their shares, and within one every start as often', () => {
    const sources = [
      { names: '^long/', share: 1 },
      { names: '^short/', share: 3 },
    ]
    const shares = sharesOf(drawOf(recordings, sources))
    expect(shares['long/a']).toBeCloseTo(0.25, 1)
    expect(shares['short/b']).toBeCloseTo((0.75 * 25) / 30, 1)
    expect(shares['short/c']).toBeCloseTo((0.75 * 5) / 30, 1)
  })

  it('refuses a source without a recording, and a recording without a source', () => {
    expect(() => drawOf(recordings, [{ names: '^long/', share: 1 }])).toThrow(
      'short/b: got no source, expected a name that one of the config’s sources matches',
    )
    const sources = [
      { names: '', share: 1 },
      { names: '^kurz/', share: 1 },
    ]
    expect(() => drawOf(recordings, sources)).toThrow(
      'sources.1.names: got ^kurz/, expected to match a recording',
    )
  })
})
