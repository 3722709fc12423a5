import { expect, it } from 'vitest'
import { resample } from '../../../src/audio/resample.js'
import { bandwidthHz } from '../../../src/audio/spectral/bandwidth.js'
import { fillNormal } from '../../../src/numeric/random.js'

function noise(samples: number, deviation: number): Float32Array {
  const values = new Float32Array(samples)
  fillNormal(values, 3, 4, 0)
  return values.map((value) => value * deviation)
}

it('is half the rate where a recording fills it, however quiet it is', () => {
  expect(bandwidthHz(noise(22_050, 0.1), 22_050)).toBe(11_025)
  // One step of 16 bits.
  expect(bandwidthHz(noise(22_050, 1 / 32768), 22_050)).toBe(11_025)
})

it('ends below what a lower rate left, and needs no full window', () => {
  const telephone = resample(noise(8000, 0.1), 8000, 22_050)
  expect(bandwidthHz(telephone, 22_050)).toBeGreaterThan(3300)
  expect(bandwidthHz(telephone, 22_050)).toBeLessThan(3700)
  expect(bandwidthHz(noise(100, 0.1), 22_050)).toBe(11_025)
})
