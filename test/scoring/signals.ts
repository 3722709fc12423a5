import { fillNormal } from '../../src/numeric/random.js'

/** White Gaussian noise. */
export function noise(samples: number, deviation = 1, seed = 5): Float32Array {
  const values = new Float32Array(samples)
  fillNormal(values, seed, 77, 0)
  return values.map((value) => deviation * value)
}
