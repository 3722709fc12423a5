import { expect, it } from 'vitest'
import { checkOpen } from '../../../server/streams/check-open.js'
import { MockBackend, mockMel } from '../mock-backend.js'

/** A model with eight passes, of which each takes three frames; a comb takes two. */
const { model } = new MockBackend()
const latencies = (comb: number) =>
  Array.from({ length: 9 }, (_, passes) => ({
    latencyFrames: 7 + 3 * passes + comb,
    sufficientFrames: 9 + 3 * passes + comb,
  }))
const plain = latencies(0)
const latency = { plain, combed: latencies(2), combsByDefault: false }

it.each([
  [{}, 3],
  [{ melProjections: 0 }, 0],
  [{ melProjections: 8 }, 8],
  [{ quality: 'fast' }, 3],
  [{ quality: 'balanced' }, 8],
  // Twice the model's passes, of which a live stream makes as many as there are.
  [{ quality: 'best' }, 8],
] as const)('makes for %o %i passes and tells of their latency', (asked, passes) => {
  const message = { type: 'open', stream: 1, mel: mockMel, ...asked } as const
  const { settings, opened } = checkOpen(message, { model, latency })
  expect(settings.options.melProjections).toBe(passes)
  expect(settings.options.comb).toBe(false)
  expect(opened.latencyFrames).toBe(7 + 3 * passes)
})

it.each([
  [{ comb: true }, false, 18],
  [{ comb: true, melProjections: 0 }, false, 9],
  [{}, true, 18],
  [{ comb: false }, true, 16],
  [{ pitchSemitones: 2 }, false, 18],
  [{ pitchSemitones: 2, comb: false }, false, 16],
] as const)('tells for %o, where the model says %o, of %i frames', (asked, combsByDefault, frames) => {
  const message = { type: 'open', stream: 1, mel: mockMel, ...asked } as const
  const { settings, opened } = checkOpen(message, { model, latency: { ...latency, combsByDefault } })
  expect(settings.options.comb).toBe(frames !== 16)
  expect(opened.latencyFrames).toBe(frames)
})

it('asks for no comb of a shifted pitch where the model has none', () => {
  const message = { type: 'open', stream: 1, mel: mockMel, pitchSemitones: 2 } as const
  const { settings } = checkOpen(message, { model, latency: { plain, combsByDefault: false } })
  expect(settings.options.comb).toBe(false)
})

it('refuses a comb where the model has no pitch', () => {
  const message = { type: 'open', stream: 1, mel: mockMel, comb: true } as const
  const refused = {
    code: 'invalid_argument',
    message: expect.stringContaining('comb: got true, expected false'),
  }
  expect(() => checkOpen(message, { model, latency: { plain, combsByDefault: false } })).toThrow(
    expect.objectContaining(refused),
  )
})
