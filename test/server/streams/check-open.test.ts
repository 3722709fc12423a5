import { expect, it } from 'vitest'
import { checkOpen } from '../../../server/streams/check-open.js'
import { MockBackend, mockMel } from '../mock-backend.js'

/** A model with eight passes, of which each takes three frames. */
const { model } = new MockBackend()
const latency = Array.from({ length: 9 }, (_, passes) => ({
  latencyFrames: 7 + 3 * passes,
  sufficientFrames: 9 + 3 * passes,
}))

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
  expect(opened.latencyFrames).toBe(7 + 3 * passes)
})
