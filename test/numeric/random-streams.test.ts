import { expect, it } from 'vitest'
import { randomStreams } from '../../src/numeric/random-streams.js'

it('no two ends draw from one stream', () => {
  const ranges = Object.entries(randomStreams).sort(([, [a]], [, [b]]) => a - b)
  for (const [i, [name, [first, last]]] of ranges.entries()) {
    expect(last, name).toBeGreaterThanOrEqual(first)
    if (i > 0) expect(first, name).toBeGreaterThan(ranges[i - 1]![1][1])
  }
})
