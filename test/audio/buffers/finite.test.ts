import { expect, it } from 'vitest'
import { areFinite, assertAudioSamples } from '../../../src/audio/buffers/finite.js'

it('tells values of which all are finite', () => {
  expect(areFinite(Float32Array.of(1, -3e38, 0))).toBe(true)
  expect(areFinite(new Float64Array(0))).toBe(true)
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(areFinite(Float32Array.of(0, bad, 1))).toBe(false)
  }
})

it('lets loud samples in, and names the peak of those that are none', () => {
  assertAudioSamples([Float32Array.of(16, -16, 0)], 0)
  const refusal = (...samples: number[]) => {
    try {
      assertAudioSamples([new Float32Array(9), Float32Array.from(samples)], 100, 'body')
    } catch (error) {
      return error
    }
    return undefined
  }
  expect(refusal(0, 1e36)).toMatchObject({
    code: 'INVALID_AUDIO',
    field: 'body',
    got: 'samples of up to 1e+36 in size',
    expected: 'at most 16: full scale is 1, integers of 16 bits are divided by 32768',
  })
  expect(refusal(-16.5)).toMatchObject({ code: 'INVALID_AUDIO', got: 'samples of up to 16.5 in size' })
  expect(refusal(1e36, Number.NaN)).toMatchObject({ code: 'NON_FINITE', got: 'NaN at sample 101' })
})
