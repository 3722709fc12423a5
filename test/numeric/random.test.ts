import { expect, it } from 'vitest'
import { fillUniform, RandomStream, uniformAt } from '../../src/numeric/random.js'

it.each([0, 7, 2 ** 32 - 3])('uniform values from index %i on are those of each index alone', (start) => {
  const values = new Float64Array(6)
  fillUniform(values, 3, 11, start)
  expect(Array.from(values)).toEqual(Array.from(values, (_, i) => uniformAt(3, 11, start + i)))
  expect(new Set(values).size).toBe(6)
})

it('a stream gives the values of the indices from 0 on', () => {
  const stream = new RandomStream(3, 11)
  const values = Array.from({ length: 6 }, () => stream.uniform())
  expect(values).toEqual(values.map((_, i) => uniformAt(3, 11, i)))
})
